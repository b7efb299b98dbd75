"""A clinic's documents: read, split, embedded, and found again in the middle of a sentence."""
