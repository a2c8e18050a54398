"""What a task's code consists of, kept once, and what in it has changed since.

Of the values that code reads from globals only what stands in the source as a literal
counts here: `LIMIT = 5` is code, `STARTED = time.time()` is not. Of those that it closes
over only plain ones do.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from penstock._fingerprint.stable import ATOMS
from penstock._modules import real_module
from penstock._text import listed, quote
from penstock.events import CODE_SEEN, CodeSeen

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun
    from penstock._engine.spec import RunSpec
    from penstock.stores.protocol import Store

__all__ = ["CODE_BYTES", "explain_change", "is_same_task", "note_code"]

#: Of a code's digest so many bytes end a fingerprint.
CODE_BYTES: Final = 8
_GLOBAL: Final = "global "
_CLOSURE: Final = "closure value "


def note_code(flow_run: OpenFlowRun, spec: RunSpec, digest: bytes) -> None:
    """Record what a task's code consists of, unless this process has done so."""
    process = flow_run.process
    process.codes[spec] = digest
    parts = listed(listed((quote(label), quote(print_))) for label, print_ in spec.code.parts())
    process.emit(
        CodeSeen(CODE_SEEN, flow_run.id, process.now(), digest[:CODE_BYTES], spec.key, parts)
    )


def explain_change(store: Store, spec: RunSpec, before: bytes) -> str | None:
    """Say in what the code of a task is not what it was under a digest; None: it is the same."""
    labels = _differences(store, spec, before)
    if labels is None:
        return "its code changed"
    # What came to be by running is no edit.
    edits = [label for label in labels if not _is_runtime_value(spec.fn, label)]
    if not edits:
        return None
    return f"its code changed ({', '.join(sorted(edits))})"


def is_same_task(store: Store, spec: RunSpec, before: bytes) -> bool:
    """Tell whether code under a digest is this very task, perhaps in another process.

    Globals that came to be by running are others there. What a task closes over makes it
    another one: a factory gives many tasks with the same name.
    """
    labels = _differences(store, spec, before)
    return labels is not None and all(
        label.startswith(_GLOBAL) and _is_runtime_value(spec.fn, label) for label in labels
    )


def _differences(store: Store, spec: RunSpec, before: bytes) -> list[str] | None:
    """Name the parts of a task's code that differ from what they were; None: nobody knows."""
    if spec.code.digest()[:CODE_BYTES] == before:
        return []
    text = store.get_code(before, spec.key)
    if text is None:
        return None
    import json  # noqa: PLC0415 - 3 ms, only where something has changed

    was: dict[str, str] = dict(json.loads(text))
    now = dict(spec.code.parts())
    return [label for label in {**was, **now} if was.get(label) != now.get(label)]


def _is_runtime_value(fn: Any, label: str) -> bool:
    """Tell whether a part is a value that does not stand in the source."""
    if label.startswith(_CLOSURE):
        return not _is_plain(fn, label.removeprefix(_CLOSURE))
    if not label.startswith(_GLOBAL):
        return False
    module, _, name = label.removeprefix(_GLOBAL).partition(" #")[0].rpartition(".")
    own = getattr(fn, "__globals__", {})
    namespace = own
    if module and module != real_module(own.get("__name__"), own):
        namespace = vars(sys.modules[module]) if module in sys.modules else {}
    file = namespace.get("__file__")
    return file is not None and name not in _literals(file)


def _is_plain(fn: Any, name: str) -> bool:
    """Tell whether a function closes over a plain value, such as a number, under a name."""
    names = getattr(getattr(fn, "__code__", None), "co_freevars", ())
    if name not in names:
        return True
    value = fn.__closure__[names.index(name)].cell_contents
    items = value if type(value) in {tuple, frozenset} else (value,)
    return ATOMS.issuperset(map(type, items))


@functools.lru_cache(maxsize=64)
def _literals(file: str) -> frozenset[str]:
    """Name the globals of a file that are given a literal. An empty list is there to be filled."""
    import ast  # noqa: PLC0415 - 4 ms, only where something has changed

    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    names: set[str] = set()
    for node in tree.body:
        targets: list[Any] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        try:
            value = ast.literal_eval(getattr(node, "value", node))
        except ValueError:
            continue
        if isinstance(value, (list, dict, set)) and not value:
            continue
        names.update(target.id for target in targets if isinstance(target, ast.Name))
    return frozenset(names)
