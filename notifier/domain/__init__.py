"""The rules, free of I/O."""
