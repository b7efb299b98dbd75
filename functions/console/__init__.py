"""The clinic's page."""
