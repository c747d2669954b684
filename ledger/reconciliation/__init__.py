"""Payment provider and bank against the book."""
