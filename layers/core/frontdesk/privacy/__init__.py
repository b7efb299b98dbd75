"""What keeps callers' words and the record of who saw them: redaction, audit, retention, erasure."""
