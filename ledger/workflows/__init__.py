"""Acts that change several subjects in one transaction."""
