"""Organisations: who owns a book and who may act for it."""
