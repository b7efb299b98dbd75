"""What a clinic's people are told about their calls, and patients about their visits."""
