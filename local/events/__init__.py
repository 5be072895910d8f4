"""What a local Event Grid is made of; `local/event_grid.py` is its face."""
