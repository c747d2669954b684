"""Écot: gifts, loans, shares, votes and hours of local projects in one append-only double-entry book."""
