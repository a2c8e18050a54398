"""Where a flow's code is: written down with each run, so that it can be gone on with.

A JSON object: `module` and `flow` (its qualified name in there), `file`, whether the
file was started as a script (`is_main`), the working `folder` and the `arguments`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock._modules import MAIN, real_module
from penstock._text import listed, quote

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Entrypoint", "describe_entrypoint", "read_entrypoint", "why_not_loadable"]


class Entrypoint(NamedTuple):
    """Where a flow's code is."""

    module: str
    flow: str  #: qualified name of the function
    file: str | None  #: None: it is in no file (a notebook, a shell)
    is_main: bool  #: the file was started as a script
    folder: str  #: in which it was started
    arguments: list[str]  #: of its command line, the program first


def describe_entrypoint(fn: Callable[..., Any]) -> str:
    """Write down where the code of a function is."""
    namespace = getattr(fn, "__globals__", {})
    module = getattr(fn, "__module__", "?")
    file = namespace.get("__file__")
    file = quote(os.path.abspath(file)) if isinstance(file, str) else "null"
    try:
        folder = os.getcwd()
    except OSError:  # it was taken away under us
        folder = ""
    parts = {
        "module": quote(real_module(module, namespace)),
        "flow": quote(getattr(fn, "__qualname__", "?")),
        "file": file,
        "is_main": "true" if module in MAIN else "false",
        "folder": quote(folder),
        "arguments": listed(quote(str(word)) for word in sys.argv),
    }
    return f"{{{','.join(f'{quote(key)}:{value}' for key, value in parts.items())}}}"


def read_entrypoint(text: str) -> Entrypoint:
    """Read what `describe_entrypoint` has written."""
    import json  # noqa: PLC0415 - 3 ms, only to go on with a run

    return Entrypoint(**json.loads(text))


def why_not_loadable(text: str | None, flow_run_id: str) -> str | None:
    """Say why the code of a flow run cannot be loaded in another process; None: it can."""
    if text is None:
        return "where its code is was not recorded"
    entrypoint = read_entrypoint(text)
    if entrypoint.file is None or "<locals>" in entrypoint.flow:
        place = "in a notebook or a shell" if entrypoint.file is None else "inside of a function"
        return f"its flow was defined {place}; call flow.resume({flow_run_id!r}) there"
    return None
