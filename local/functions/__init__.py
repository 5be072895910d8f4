"""The parts of the local functions host: what Azure runs around a function app, on a laptop.

The app itself runs in Microsoft's own worker, one process per worker; nothing here imports the app.
"""
