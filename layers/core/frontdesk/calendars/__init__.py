"""Calendars outside: what changes there, and our bookings in them."""
