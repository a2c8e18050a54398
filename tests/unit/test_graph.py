"""Counting dependencies: each node is ready once, after all it waits for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from penstock._engine.graph import Graph

if TYPE_CHECKING:
    import random


@st.composite
def dags(draw: st.DrawFn) -> list[list[int]]:
    """Make a graph: for each node, the earlier ones it waits for."""
    size = draw(st.integers(1, 25))
    return [
        draw(st.lists(st.integers(0, node - 1), unique=True, max_size=4)) if node else []
        for node in range(size)
    ]


@given(dags(), st.randoms(use_true_random=False))
def test_each_node_is_ready_once_and_after_all_its_upstreams(
    upstreams: list[list[int]], chance: random.Random
) -> None:
    graph: Graph[int] = Graph()
    ended: set[int] = set()
    ready: list[int] = []
    started: list[int] = []
    waiting = list(range(len(upstreams)))
    while waiting or ready:
        # Nodes are added while others are ending, in any interleaving.
        if waiting and (not ready or chance.random() < 0.5):
            node = waiting.pop(0)
            if graph.add(node, upstreams[node], ended.__contains__):
                ready.append(node)
            continue
        node = ready.pop(chance.randrange(len(ready)))
        assert ended.issuperset(upstreams[node])
        started.append(node)
        ended.add(node)
        ready += graph.finish(node)

    assert sorted(started) == list(range(len(upstreams)))
    assert len(graph) == 0
    assert graph._downstream == {}


@given(dags(), st.data())
def test_dropped_nodes_never_become_ready_and_the_others_still_do(
    upstreams: list[list[int]], data: st.DataObject
) -> None:
    graph: Graph[int] = Graph()
    nobody: frozenset[int] = frozenset()
    ready = [n for n, ups in enumerate(upstreams) if graph.add(n, ups, nobody.__contains__)]
    wanted = data.draw(st.sets(st.sampled_from(range(len(upstreams)))))

    dropped = graph.drop(wanted)

    assert set(dropped) == {node for node in wanted if upstreams[node]}
    assert graph.drop(wanted) == []
    # What was dropped ends too, as cancelled, and lets go of what waits for it.
    ended: list[int] = []
    ready += dropped
    while ready:
        node = ready.pop()
        ended.append(node)
        ready += graph.finish(node)
    assert sorted(ended) == list(range(len(upstreams)))
    assert graph._downstream == {}


def test_a_node_without_upstreams_is_ready_at_once() -> None:
    graph: Graph[str] = Graph()

    assert graph.add("a", [], lambda _: False)
    assert len(graph) == 0


def test_a_node_whose_upstreams_have_ended_is_ready_at_once() -> None:
    graph: Graph[str] = Graph()

    assert graph.add("b", ["a"], lambda _: True)


def test_finishing_what_nobody_waits_for_frees_nobody() -> None:
    graph: Graph[str] = Graph()

    assert graph.finish("a") == []


def test_nodes_that_end_in_many_threads_free_each_waiting_node_once() -> None:
    graph: Graph[Any] = Graph()
    ended: set[Any] = set()
    sources = list(range(200))
    for sink in range(50):
        graph.add(("sink", sink), sources, ended.__contains__)
    freed: list[Any] = []
    barrier = threading.Barrier(4)

    def finish(part: int) -> None:
        barrier.wait(10)
        for source in sources[part::4]:
            freed.extend(graph.finish(source))

    workers = [threading.Thread(target=finish, args=(part,)) for part in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)

    assert sorted(freed) == [("sink", sink) for sink in range(50)]
