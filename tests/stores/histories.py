"""Random histories of events, valid and not, for property tests of stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from penstock.stores.protocol import Batch

if TYPE_CHECKING:
    from penstock.stores.protocol import Store
    from penstock.testing.journal import Journal

#: Two flow runs, three task runs in each: few enough that events meet.
FLOW_RUNS: Final = (b"\x01" * 16, b"\x02" * 16)
INDEXES: Final = (0, 1, 2)
#: Processes that fight over them.
INCARNATIONS: Final = ("a" * 32, "b" * 32)

_runs = st.sampled_from(FLOW_RUNS)
_indexes = st.sampled_from(INDEXES)
_attempts = st.integers(1, 3)
_texts = st.none() | st.sampled_from(["oh", "é\n", '"'])
_final = st.sampled_from(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"])
_open = st.sampled_from(["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"])
_blobs = st.none() | st.binary(max_size=8)
_transactions = st.sampled_from(["OPEN", "COMMITTING", "COMMITTED", "ROLLING_BACK", "ROLLED_BACK"])
_claims = st.sampled_from([None, True, False])
#: Artifacts that both flow runs may try to save and to change.
ARTIFACTS: Final = (b"\x03" * 16, b"\x04" * 16)
_artifacts = st.sampled_from(ARTIFACTS)

#: Calls on a Journal: the name of the method, its arguments, its keywords.
Step = tuple[str, tuple[Any, ...], dict[str, Any]]


def _step(name: str, *args: Any, **values: Any) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(name), st.tuples(*args), st.fixed_dictionaries(values))


steps: st.SearchStrategy[Step] = st.one_of(
    _step("flow_run", _runs, running=st.booleans(), parent=st.none() | _runs),
    _step("state", _runs, _open | _final, _texts, attempt=_attempts, message=_texts, result=_blobs),
    _step("state", _runs, st.just("RUNNING"), attempt=_attempts, claims=_claims),
    _step("state", _runs, st.just("CRASHED"), attempt=_attempts, claims=_claims),
    _step("state", _runs, st.just("CANCELLED"), attempt=_attempts, claims=_claims),
    _step("pause", _runs, st.integers(0, 1), key=_texts, until=st.none() | st.integers(1, 9)),
    _step(
        "transaction",
        _runs,
        st.integers(0, 1),
        _transactions,
        data=_blobs,
        key=st.none() | st.just("k"),
        parent=st.none() | st.just(0),
        done=st.none() | st.integers(0, 2),
    ),
    _step(
        "join",
        _runs,
        _indexes,
        st.integers(0, 1),
        st.integers(0, 2),
        attempt=_attempts,
        owner=st.none() | _runs,
        done=st.booleans(),
    ),
    _step("code", _runs, st.binary(max_size=1), st.sampled_from(["k", "l"]), st.just("[]")),
    _step("task_run", _runs, _indexes, started=st.booleans(), upstreams=st.just((0,))),
    _step("task_run", _runs, _indexes, started=st.booleans(), fingerprint=_blobs),
    _step("start", _runs, _indexes, _attempts, _blobs, reason=_texts),
    _step("retry", _runs, _indexes, _attempts),
    _step("finish", _runs, _indexes, _final, _texts, message=_texts, result=_blobs),
    _step("finish", _runs, _indexes, _final, traceback=_texts, result_ref=_texts),
    _step("log", _runs, st.none() | _indexes, st.sampled_from(["one", "two"])),
    _step(
        "artifact",
        _runs,
        st.none() | _indexes,
        artifact=_artifacts,
        key=st.none() | st.just("k"),
        content=_blobs,
        description=_texts,
    ),
    _step("change_artifact", _runs, _artifacts, _blobs, _texts),
    _step("cache", _runs, _indexes, st.sampled_from(["k", "l"]), result=_blobs),
)

histories = st.lists(steps, max_size=40)

_RUN: Final = st.just(FLOW_RUNS[0])
_INDEX: Final = st.just(0)

#: One task run, and all that can happen to it: here the quick fold meets its limits.
task_histories = st.lists(
    st.one_of(
        _step("start", _RUN, _INDEX, _attempts),
        _step("retry", _RUN, _INDEX, _attempts),
        _step("finish", _RUN, _INDEX, _final),
    ),
    max_size=12,
).map(lambda rest: [("flow_run", (FLOW_RUNS[0],), {}), ("task_run", (FLOW_RUNS[0], 0), {}), *rest])

#: The same of a flow run.
flow_histories = st.lists(
    _step("state", _RUN, _open | _final, attempt=_attempts, claims=_claims), max_size=12
).map(lambda rest: [("flow_run", (FLOW_RUNS[0],), {"running": False}), *rest])


def play(journal: Journal, history: list[Step]) -> None:
    """Have a journal record a history."""
    for name, args, values in history:
        getattr(journal, name)(*args, **values)


def send_cut(store: Store, journal: Journal, cuts: list[int]) -> None:
    """Send a journal's events in batches of the given sizes, the rest as one."""
    at = 0
    for size in cuts:
        store.write(Batch(journal.owner, journal.events[at : at + size]))
        at += size
    store.write(Batch(journal.owner, journal.events[at:]))
