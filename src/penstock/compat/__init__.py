"""Lets scripts that were written for other orchestrators run on Penstock."""
