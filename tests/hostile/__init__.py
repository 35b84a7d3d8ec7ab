"""Hostile and damaged files: each is refused, and nothing of it runs."""
