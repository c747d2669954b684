"""Pages for a project leader."""
