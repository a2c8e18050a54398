"""Lets a script written for Prefect 2 or 3 run on Penstock, unchanged.

    import penstock.compat.prefect

    penstock.compat.prefect.install()

From then on `import prefect`, in this process, gives Penstock: `prefect.task` is
`penstock.task`. What Penstock does not have yet can still be imported, subclassed
and written in annotations; only its use raises `NotYet`, which names it.
Packages that build on Prefect, as `prefect_aws`, are left as they are.
"""

from __future__ import annotations

import sys

from penstock.compat.prefect._environment import Adopted
from penstock.compat.prefect._finder import FINDER, PrefectModule, is_prefect
from penstock.errors import NotYet, UsageError

__all__ = ["NotYet", "install", "uninstall"]

_adopted = Adopted()


def install() -> None:
    """Make `import prefect` give Penstock, for as long as this process lives.

    A Prefect that is installed is hidden, not touched. Calling this again changes nothing.
    The few PREFECT_ variables that mean the same here stand for their PENSTOCK_ ones,
    unless those are set; all others are left alone.

    Raises:
        UsageError: the real Prefect has been imported already.
    """
    loaded = sys.modules.get("prefect")
    if loaded is not None and not isinstance(loaded, PrefectModule):
        raise UsageError(
            f"The real Prefect is imported already, from {getattr(loaded, '__file__', None)}. "
            "Call penstock.compat.prefect.install() before anything imports prefect."
        )
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)
        _adopted.adopt()


def uninstall() -> None:
    """Undo `install`, for tests: the next `import prefect` looks for the real one again."""
    if FINDER in sys.meta_path:
        sys.meta_path.remove(FINDER)
    for name in [name for name in sys.modules if is_prefect(name)]:
        if isinstance(sys.modules[name], PrefectModule):
            del sys.modules[name]
    _adopted.release()
