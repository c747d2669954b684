"""Persons: donors, leaders, treasurers, residents, and how they prove who they are."""
