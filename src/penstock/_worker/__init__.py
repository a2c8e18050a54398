"""Runs flows in processes of their own, and looks after those."""
