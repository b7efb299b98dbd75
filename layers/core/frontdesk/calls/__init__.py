"""What became of a call: its outcome, and handing it to a person."""
