"""When somebody can be seen: hours, rules, free starts."""
