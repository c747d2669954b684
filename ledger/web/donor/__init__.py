"""Pages for a donor."""
