"""The server: a REST API over a store, a live stream, and the dashboard's files."""
