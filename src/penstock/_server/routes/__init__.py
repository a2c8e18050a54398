"""What the server answers, one file per noun. Plain functions: they run in a thread pool."""
