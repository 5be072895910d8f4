"""Azure AI Search as this repository uses it: an index on SQLite FTS5 and numpy, behind the real wire format.

Read downhill: `catalog` holds indexes and aliases, `engine` is one index, `searching` answers a query over it, `store`
is its file. Nothing here is deployed, nothing touches a network, nothing logs content.
"""
