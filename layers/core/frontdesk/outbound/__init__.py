"""Calls that the clinic makes: reminders, freed times, answers to requests, recalls."""
