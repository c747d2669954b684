"""Pledges and what they become: contributions."""
