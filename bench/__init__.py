"""Measures what the project promises about speed, memory and disk: `python -m bench`."""
