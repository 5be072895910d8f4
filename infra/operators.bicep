// What the people who run `greffe` may do, as a group: the command line acts as the person at it, and the audit names
// them. They onboard (indexes, keys, containers), erase and search in their own hands, so they need what the app has.

param operatorsGroupId string
param storageName string
param searchName string
param embeddingName string
param vaultName string

var onStorage = [
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  '974c5e8b-45b9-4653-ba55-5f855dd0fe88' // Storage Queue Data Contributor
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
]
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

resource storageRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in onStorage: {
  name: guid(storage.id, operatorsGroupId, role)
  scope: storage
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource searchRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in onSearch: {
  name: guid(search.id, operatorsGroupId, role)
  scope: search
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

// Cognitive Services OpenAI User: a question is embedded
var embedRole = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
resource embeddingRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(embedding.id, operatorsGroupId, embedRole)
  scope: embedding
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', embedRole)
  }
}

// Key Vault Crypto Officer: onboarding makes a cabinet's key
var keysRole = '14b46e9e-c2b7-41b4-b07b-48a6ebf60603'
resource keys 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, operatorsGroupId, keysRole)
  scope: vault
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keysRole)
  }
}
