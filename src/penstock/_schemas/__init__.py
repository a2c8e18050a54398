"""What goes over the wire, one file per noun. Pydantic lives here and nowhere else.

Instants are ISO 8601 in UTC with microseconds, except in columns, where they are whole
microseconds since the epoch: ten thousand of them must be small. Durations are seconds.
"""
