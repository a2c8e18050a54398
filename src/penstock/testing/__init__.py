"""Tools for testing flows, and the contracts of what may be plugged in."""
