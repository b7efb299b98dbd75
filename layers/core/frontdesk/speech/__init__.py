"""What is said and what was heard, in the languages the desk speaks."""
