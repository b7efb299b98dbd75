"""A clinic as its own people set it up: what it says of itself, its rules, its telephone numbers."""
