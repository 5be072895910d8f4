// Greffe in one region of the European Union: one resource group, everything by managed identity, no key in any setting.
//
// This makes the services; then the code is published; then `events.bicep` subscribes the function that is there by now.
// How, in what order, and what this leaves to you: docs/how-to/deploy.md. `tests/unit/test_infra.py` holds these files
// against `ingestion/settings.py` and the names that the code uses.
targetScope = 'subscription'

@description('Of the resource group, and in the names of what is in it.')
@minLength(3)
@maxLength(20)
param environmentName string

@description('Where documents are read, embedded and kept. Azure OpenAI is not offered in all of them: check your model.')
@allowed([
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'northeurope'
  'polandcentral'
  'spaincentral'
  'swedencentral'
  'westeurope'
])
param location string

@description('Object id of the group in Entra whose people run `greffe`. Empty: nobody is given a role.')
param operatorsGroupId string = ''

@description('Client id of the app registration that users of `search` sign in to. Empty: nobody can ask over HTTP.')
param signInClientId string = ''

@description('Whose users may sign in: a tenant, or "organizations" where cabinets are in several.')
param signInTenant string = tenant().tenantId

@description('Where Graph tells of changes in SharePoint, as GREFFE_GRAPH_NOTIFICATION_URL. Empty: the timer asks alone.')
param graphNotificationUrl string = ''

@description('The app that other tenants consented to, as GREFFE_GRAPH_CLIENT_ID. Empty: our own tenant only.')
param graphClientId string = ''

@description('How many indexes there may be: basic 15, standard 50, standard2 and standard3 200. One cabinet needs one, and a second while it is rebuilt.')
@allowed([
  'basic'
  'standard'
  'standard2'
  'standard3'
])
param searchSku string = 'standard'

@description('Of Azure OpenAI, and the name of its deployment.')
param embeddingModel string = 'text-embedding-3-large'

@description('A region, or the European Union as a whole. Global deployments may process a text anywhere, and are not offered here.')
@allowed([
  'Standard'
  'DataZoneStandard'
])
param embeddingDeployment string = 'Standard'

@description('Thousands of tokens a minute.')
param embeddingCapacity int = 120

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: {
    'azd-env-name': environmentName
  }
}

module data 'data.bicep' = {
  name: 'data'
  scope: group
  params: {
    location: location
    searchSku: searchSku
    embeddingModel: embeddingModel
    embeddingDeployment: embeddingDeployment
    embeddingCapacity: embeddingCapacity
  }
}

module roles 'roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    location: location
    storageName: data.outputs.storageName
    searchName: data.outputs.searchName
    embeddingName: data.outputs.embeddingName
    vaultName: data.outputs.vaultName
    insightsName: data.outputs.insightsName
  }
}

module operators 'operators.bicep' = if (!empty(operatorsGroupId)) {
  name: 'operators'
  scope: group
  params: {
    operatorsGroupId: operatorsGroupId
    storageName: data.outputs.storageName
    searchName: data.outputs.searchName
    embeddingName: data.outputs.embeddingName
    vaultName: data.outputs.vaultName
  }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    location: location
    identityId: roles.outputs.identityId
    identityClientId: roles.outputs.identityClientId
    storageName: data.outputs.storageName
    searchEndpoint: data.outputs.searchEndpoint
    embeddingUrl: data.outputs.embeddingUrl
    embeddingModel: embeddingModel
    vaultUri: data.outputs.vaultUri
    insightsName: data.outputs.insightsName
    graphNotificationUrl: graphNotificationUrl
    graphClientId: graphClientId
    signInClientId: signInClientId
    signInTenant: signInTenant
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output functionAppName string = app.outputs.name
output storageName string = data.outputs.storageName

// As `azd env get-values` writes them they are the file of GREFFE_ENVIRONMENT, which the operators' commands read.
output GREFFE_STORAGE__blobServiceUri string = data.outputs.blobUri
output GREFFE_STORAGE__queueServiceUri string = data.outputs.queueUri
output GREFFE_STORAGE__tableServiceUri string = data.outputs.tableUri
output GREFFE_SEARCH_ENDPOINT string = data.outputs.searchEndpoint
output GREFFE_EMBEDDING_BASE_URL string = data.outputs.embeddingUrl
output GREFFE_EMBEDDING_MODEL string = embeddingModel
output GREFFE_KEY_VAULT_URI string = data.outputs.vaultUri
output GREFFE_TENANT_ID string = tenant().tenantId
output GREFFE_GRAPH_NOTIFICATION_URL string = graphNotificationUrl
output GREFFE_GRAPH_CLIENT_ID string = graphClientId
