"""Counts dependencies: what waits for what, and what may start.

A pure structure: nodes are any hashable things, and nothing here runs anything.
A node is handed out as ready exactly once, by the call that took its last
upstream away. Finished nodes are forgotten, so it holds only what waits.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from penstock._locks import take

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

__all__ = ["Graph"]

N = TypeVar("N", bound="Hashable")


class Graph(Generic[N]):
    """Which nodes wait for which others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: for each node that others wait for: those others
        self._downstream: dict[N, list[N]] = {}
        #: for each node that waits: how many it still waits for
        self._missing: dict[N, int] = {}

    def add(self, node: N, upstreams: Collection[N], has_ended: Callable[[N], bool]) -> bool:
        """Add a node that waits for others. Returns whether it is ready at once.

        Args:
            node: not in the graph yet.
            upstreams: what it waits for, without repeats.
            has_ended: asked of each upstream. One for which it is still False is
                given to `finish` later, never earlier.
        """
        with self._lock:
            missing = 0
            for upstream in upstreams:
                if not has_ended(upstream):
                    self._downstream.setdefault(upstream, []).append(node)
                    missing += 1
            if missing:
                self._missing[node] = missing
            return missing == 0

    def finish(self, node: N) -> list[N]:
        """Take an ended node away. Returns those that may start now."""
        take(self._lock)
        try:
            ready = []
            for waiting in self._downstream.pop(node, ()):
                self._missing[waiting] -= 1
                if not self._missing[waiting]:
                    del self._missing[waiting]
                    ready.append(waiting)
            return ready
        finally:
            self._lock.release()

    def drop(self, nodes: Collection[N]) -> list[N]:
        """Take nodes away before they were ready. Returns those that were still waiting."""
        with self._lock:
            dropped = [node for node in nodes if self._missing.pop(node, None) is not None]
            gone = set(dropped)
            for upstream, waiting in list(self._downstream.items()):
                left = [node for node in waiting if node not in gone]
                if left:
                    self._downstream[upstream] = left
                else:
                    del self._downstream[upstream]
            return dropped

    def renew(self) -> None:
        """Begin anew in a forked child: the nodes and perhaps the lock are its parent's."""
        self._lock = threading.Lock()
        self._downstream.clear()
        self._missing.clear()

    def __len__(self) -> int:
        """Count the nodes that wait."""
        return len(self._missing)
