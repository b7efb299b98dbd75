"""Calls that the desk makes."""
