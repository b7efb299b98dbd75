"""Who sees patients, when, and for what kinds of visit, as the clinic's own people set it up."""
