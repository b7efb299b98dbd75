"""The way to Postgres: one connection, one transaction a call, SQL kept in files."""
