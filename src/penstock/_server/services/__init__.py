"""What the server does besides answering: each a function that looks once."""
