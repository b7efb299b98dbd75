"""The member API: what a clinic's own people ask over HTTP, each proved by a token."""
