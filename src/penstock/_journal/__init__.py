"""The journal: where a fact is safe before anybody else hears of it.

`frames` is the format, `segment` the files, `recorder` takes events in,
`writer` carries them to the store, `recovery` does so for dead processes.
"""
