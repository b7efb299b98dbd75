"""A clinic's electronic medical record outside: whatever keeps its patients and its diary instead of us."""
