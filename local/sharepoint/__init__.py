"""The parts of the local Microsoft Graph: drives with a past, their JSON, subscriptions, a folder as a drive."""
