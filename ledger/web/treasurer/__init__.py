"""Pages for a treasurer."""
