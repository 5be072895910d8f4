// What keeps something: Greffe's own storage account, the search service, the keys, the embedding model, the spans.
// Nothing here takes a key of its own (shared key, admin key, ingestion key): each caller is an identity with a role.

param location string
param searchSku string
param embeddingModel string
param embeddingDeployment string
param embeddingCapacity int

var token = uniqueString(subscription().id, resourceGroup().id, location)

// What the code uses, by name. The host makes the poison queues itself.
var containers = [
  'app-package'
  'deadletters'
  'greffe-scans'
]
var queues = [
  'documents'
  'documents-bulk'
  'drives'
]
var tables = [
  'audit'
  'cabinets'
  'drivenotes'
  'ledger'
  'links'
  'units'
  'vault'
  'vaultkeys'
]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'greffe${token}'
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
  }
}

// What is erased is gone: a page of a scan that could be undeleted for weeks would not be. A firm that wants soft delete
// of its own files keeps them in an account of its own (`greffe onboard --account`).
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    isVersioningEnabled: false
    deleteRetentionPolicy: {
      enabled: false
    }
    containerDeleteRetentionPolicy: {
      enabled: false
    }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = [for name in containers: {
  parent: blobs
  name: name
  properties: {
    publicAccess: 'None'
  }
}]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = [for name in queues: {
  parent: queueService
  name: name
}]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2023-05-01' = {
  parent: storage
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2023-05-01' = [for name in tables: {
  parent: tableService
  name: name
}]

resource search 'Microsoft.Search/searchServices@2023-11-01' = {
  name: 'greffe-${token}'
  location: location
  sku: {
    name: searchSku
  }
  properties: {
    disableLocalAuth: true
    replicaCount: 1
    partitionCount: 1
    semanticSearch: 'free'
  }
}

// Without purge protection a cabinet's key could be destroyed for good by one mistaken command; with it, a key that is
// deleted closes the cabinet at once, and can be had back for as long as this says.
resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'greffe-${token}'
  location: location
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 30
    enablePurgeProtection: true
  }
}

resource embedding 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: 'greffe-${token}'
  location: location
  kind: 'OpenAI'
  sku: {
    name: 'S0'
  }
  properties: {
    customSubDomainName: 'greffe-${token}'
    disableLocalAuth: true
  }
}

resource model 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {
  parent: embedding
  name: embeddingModel
  sku: {
    name: embeddingDeployment
    capacity: embeddingCapacity
  }
  properties: {
    model: {
      format: 'OpenAI'
      name: embeddingModel
      version: '1'
    }
    versionUpgradeOption: 'NoAutoUpgrade'
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'greffe-${token}'
  location: location
  properties: {
    retentionInDays: 30
    sku: {
      name: 'PerGB2018'
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'greffe-${token}'
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

output storageName string = storage.name
output blobUri string = storage.properties.primaryEndpoints.blob
output queueUri string = storage.properties.primaryEndpoints.queue
output tableUri string = storage.properties.primaryEndpoints.table
output searchName string = search.name
output searchEndpoint string = 'https://${search.name}.search.windows.net'
output vaultName string = vault.name
output vaultUri string = vault.properties.vaultUri
output embeddingName string = embedding.name
output embeddingUrl string = '${embedding.properties.endpoint}openai/v1'
output insightsName string = insights.name
