"""The store in an SQLite file: the default."""
