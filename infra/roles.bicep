// Greffe's identity, and what it may do. One of its own, so that roles stand before the app starts, and that another
// tenant's app registration can trust it (a federated credential takes no system-assigned identity).

param location string
param storageName string
param searchName string
param embeddingName string
param vaultName string
param insightsName string

// The host's leases, dead letters, pages of scans; the triggers' queues; ledger, registry, audit, vault.
var onStorage = [
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  '974c5e8b-45b9-4653-ba55-5f855dd0fe88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
]

// Chunks; and, at the end of a rebuild, the alias that moves and the index that goes.
var onSearch = [
  '8ebe5a00-799e-43f5-93ac-243d3dce84a7' // Search Index Data Contributor
  '7ca78c08-252a-4471-8644-bb5ff32d4ba0' // Search Service Contributor
]

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource search 'Microsoft.Search/searchServices@2023-11-01' existing = {
  name: searchName
}

resource embedding 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: embeddingName
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'greffe'
  location: location
}

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in onStorage: {
  name: guid(storage.id, identity.id, role)
  scope: storage
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource searchRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in onSearch: {
  name: guid(search.id, identity.id, role)
  scope: search
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

// Cognitive Services OpenAI User
var embedRole = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
resource embeddingRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(embedding.id, identity.id, embedRole)
  scope: embedding
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', embedRole)
  }
}

// Key Vault Crypto Service Encryption User: reads a key, wraps and unwraps with it, makes and deletes none
var unwrapRole = 'e147488a-f6f5-4113-8e2d-b22465e65bf6'
resource unwrapping 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, unwrapRole)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', unwrapRole)
  }
}

// Monitoring Metrics Publisher
var tellRole = '3913510d-42f4-4e42-8a64-420c390055eb'
resource telling 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, tellRole)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tellRole)
  }
}

output identityId string = identity.id
output identityClientId string = identity.properties.clientId
