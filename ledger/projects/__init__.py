"""Projects: what is funded, its budget, its goal and its days."""
