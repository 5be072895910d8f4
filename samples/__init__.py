"""Fictional French documents for the demo, and the programme that wrote them. Never installed, never deployed."""
