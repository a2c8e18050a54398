"""The engine: carries flow runs and task runs from their call to their end.

`life` is the one story of a run, told as a generator that yields steps; `drive`
carries the steps out, once for sync code and once for async. `runs` holds what
is open, `process` what a process has (store, journal, clock).
"""
