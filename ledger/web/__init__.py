"""HTTP only: requests in, workflows and queries called, pages out."""
