"""Where the outside calls us."""
