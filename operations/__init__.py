"""The operators' command line. It acts as the person who runs it, and writes the audit."""
