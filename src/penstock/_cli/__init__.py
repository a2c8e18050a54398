"""The command `penstock`: what a person or a script asks of runs, and how it is shown."""
