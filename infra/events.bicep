// The events of one storage account, told to `on_blob_event`; what cannot be delivered goes to the dead letters. Deployed
// after the code, since Event Grid asks for the function; once for each account with documents, into its resource group.

@description('The account whose documents are followed: Greffe\'s own, or a firm\'s in the same resource group.')
param sourceName string

@description('Of the account, which is the topic\'s as well.')
param location string = resourceGroup().location

@description('Greffe\'s function app.')
param functionAppName string

@description('Greffe\'s own storage account, for the dead letters.')
param storageName string

// As `ingestion/events.py` reads them. A tier is no content, and a new directory holds none.
var followed = [
  'Microsoft.Storage.BlobCreated'
  'Microsoft.Storage.BlobDeleted'
  'Microsoft.Storage.BlobRenamed'
  'Microsoft.Storage.DirectoryDeleted'
  'Microsoft.Storage.DirectoryRenamed'
]

// Greffe's own containers, and the host's: a page of a scan is no document, and an event for each would be refused.
var notOurs = [
  '/blobServices/default/containers/app-package/'
  '/blobServices/default/containers/azure-webjobs-'
  '/blobServices/default/containers/deadletters/'
  '/blobServices/default/containers/greffe-scans/'
]

resource source 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: sourceName
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageName
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${storageName}/default/deadletters'
}

resource onBlobEvent 'Microsoft.Web/sites/functions@2024-04-01' existing = {
  name: '${functionAppName}/on_blob_event'
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: 'greffe-${sourceName}'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: source.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

// Storage Blob Data Contributor, on the one container
var writeRole = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
resource writing 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, topic.id, writeRole)
  scope: deadLetters
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', writeRole)
  }
}

resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'on-blob-event'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: onBlobEvent.id
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: followed
      advancedFilters: [
        {
          operatorType: 'StringNotBeginsWith'
          key: 'subject'
          values: notOurs
        }
      ]
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storage.id
          blobContainerName: 'deadletters'
        }
      }
    }
  }
  dependsOn: [
    writing
  ]
}
