"""`python -m penstock` is the command `penstock`."""

from penstock._cli.main import main

main()
