"""The clinic's page: HTML for its own people, rendered here, of what the member API answers."""
