"""Reports drawn from the book in one snapshot."""
