"""Sign-in by mailed link."""
