"""Where task bodies execute: one module for each kind of place."""
