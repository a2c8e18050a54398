"""Builds the statements of lists from filters; those of log lines are in where_logs.py.

Values are always bound. What stands in the text comes from this file alone: no
caller's string ever becomes a column, an operator or an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from penstock._ids import split_task_run_id
from penstock.states import StateType, default_name
from penstock.stores.projection import INDEX_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.filters import (
        ArtifactFilter,
        FlowRunFilter,
        StateWord,
        TaskRunFilter,
    )

__all__ = [
    "SMALL_CONTENT_BYTES",
    "Terms",
    "Words",
    "artifact",
    "artifact_count",
    "artifact_keys",
    "artifacts",
    "flow_run",
    "flow_runs",
    "flow_terms",
    "like_pattern",
    "task_run_count",
    "task_run_span",
    "task_runs",
]

Query = tuple[str, list[Any]]


class Words(NamedTuple):
    """What databases say differently in a list."""

    like: str  #: operator that matches a pattern, capitals or not
    has_tag: str  #: term that is true of a flow run with a tag (the one value bound)
    #: term that is true of a flow run with a parameter: its name, its value as text, and the
    #: number that is, or NULL
    has_parameter: str
    plain: str  #: before a column, in a comparison for which no index is to be used


_FLOW_COLUMNS: Final = """flow_run.id, flow_run.kind, flow_run.flow_name, flow_run.flow_key,
    flow_run.name, flow_run.version, flow_run.tags, {wide}, above.id,
    flow_run.parent_index, flow_run.upstreams, flow_run.state_type, flow_run.state_name,
    flow_run.message, {wide_too}, flow_run.attempt, flow_run.created, flow_run.started,
    flow_run.ended, flow_run.owner, process.host, process.pid, process.seen,
    flow_run.fingerprint, {widest}"""

_FLOW_FROM: Final = """
FROM flow_run
LEFT JOIN flow_run AS above ON above.no = flow_run.parent_no
LEFT JOIN process ON process.incarnation = flow_run.owner
"""

_TASK_COLUMNS: Final = """flow_run.id, task_run.id, task_run.task_key, task_run.name,
    task_run.state_type, task_run.state_name, task_run.message, task_run.traceback,
    task_run.attempt, task_run.created, task_run.started, task_run.ended,
    task_run.parent_index, task_run.upstreams, task_run.tags, task_run.fingerprint,
    task_run.result_ref, {result}"""

#: Texts and tables of artifacts up to this size are part of lists.
SMALL_CONTENT_BYTES: Final = 16_384

_ARTIFACT_COLUMNS: Final = """artifact.id, artifact.change, artifact.kind, artifact.key,
    artifact.version, artifact.description, artifact.created, artifact.updated,
    artifact.content_type, artifact.size, flow_run.id, flow_run.name, flow_run.flow_name,
    flow_run.kind, artifact.idx, task_run.name, artifact.content_ref, {content}"""

_SMALL_CONTENT: Final = f"""CASE
    WHEN artifact.size <= {SMALL_CONTENT_BYTES}
    AND artifact.content_type IN ('application/json', 'text/markdown')
    THEN artifact.content END"""
#: A list of keys is long, and shows no tables.
_KEY_CONTENT: Final = f"CASE WHEN artifact.kind <> 'table' THEN {_SMALL_CONTENT} END"

_ARTIFACT_FROM: Final = f"""
FROM artifact
JOIN flow_run ON flow_run.no = artifact.flow_run
LEFT JOIN task_run ON task_run.id = artifact.flow_run * {1 << INDEX_BITS} + artifact.idx
"""


def like_pattern(text: str) -> str:
    """Make a pattern for LIKE ... ESCAPE that finds a text anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def task_run_span(no: int) -> tuple[int, int]:
    """Give the first id of a flow run's task runs, and the first behind them."""
    return no << INDEX_BITS, (no + 1) << INDEX_BITS


def flow_run(flow_run_id: str) -> Query:
    """Build the statement that gives one flow run whole."""
    columns = _FLOW_COLUMNS.format(
        wide="flow_run.parameters",
        wide_too="flow_run.traceback, flow_run.result",
        widest="flow_run.entrypoint, flow_run.inputs",
    )
    return f"SELECT {columns}{_FLOW_FROM}WHERE flow_run.id = ?", [flow_run_id]


def flow_runs(where: FlowRunFilter, limit: int, words: Words) -> Query:
    """Build the list of flow runs, newest first unless asked for otherwise."""
    wanted = flow_terms(where, words)
    columns = _FLOW_COLUMNS.format(wide="NULL", wide_too="NULL, NULL", widest="NULL, NULL")
    order = "flow_run.id" if where.oldest_first else "flow_run.id DESC"
    text = f"SELECT {columns}{_FLOW_FROM}{wanted} ORDER BY {order} LIMIT ?"
    return text, [*wanted.values, limit]


def flow_terms(where: FlowRunFilter, words: Words) -> Terms:
    """Say which flow runs. Of the columns with an index, one is left to be looked up by.

    The order is that of an index too: what would only be found by sorting is written so
    that no index is used for it, except for states that few runs are in.
    """
    wanted = Terms()
    walk = words.plain
    if where.flows is not None and len(where.flows) == 1 and "*" not in where.flows[0]:
        where = where._replace(flow_name=where.flow_name or where.flows[0])
    states = _types_of(where.states) if where.state_types is None else where.state_types
    is_looked_up = (
        where.flow_name is not None
        or where.parent_flow_run_id is not None
        or where.owner is not None
        or where.ids is not None
    )
    is_rare = states is not None and (len(states) == 1 or "COMPLETED" not in states)
    if not where.sessions:
        wanted.add(f"{walk if is_looked_up or is_rare else ''}flow_run.kind = 'flow'")
    wanted.add_if(where.flow_name, "flow_run.flow_name = ?")
    wanted.add_in(states, f"{'' if is_rare and not is_looked_up else walk}flow_run.state_type")
    wanted.add_like(where.name_contains, f"flow_run.name {words.like} ? ESCAPE '\\'")
    wanted.add_if(
        where.parent_flow_run_id, "flow_run.parent_no = (SELECT no FROM flow_run WHERE id = ?)"
    )
    wanted.add_if(where.owner, "flow_run.owner = ?")
    wanted.add_in(where.ids, "flow_run.id")
    wanted.add_if(where.created_from, "flow_run.created >= ?")
    wanted.add_if(where.created_before, "flow_run.created < ?")
    wanted.add_if(where.before_id, "flow_run.id < ?")
    wanted.add_if(where.after_id, "flow_run.id > ?")
    _add_states(wanted, where, "flow_run")
    _add_flows(wanted, where, words)
    if where.is_nested is not None:
        wanted.add(f"{walk}flow_run.parent_no IS {'NOT ' if where.is_nested else ''}NULL")
    if where.contains is not None:
        pattern = like_pattern(where.contains)
        wanted.add_any(
            [
                (f"flow_run.{column} {words.like} ? ESCAPE '\\'", pattern)
                for column in ("id", "name", "flow_name")
            ]
        )
    for tag in where.tags or ():
        # Tags are few: looking into their JSON needs no table of its own.
        wanted.add(words.has_tag, tag)
    for tag in where.not_tags:
        wanted.add(f"NOT {words.has_tag}", tag)
    for name, text, number in where.parameters:
        wanted.add(words.has_parameter, name, text, number)
    return wanted


#: A key ends with so many letters: these.
_ENDS: Final = "substr(task_run.task_key, length(task_run.task_key) + 1 - ?) = ?"


def _types_of(states: Sequence[StateWord] | None) -> tuple[str, ...] | None:
    """Give the types that runs in these states have; None: any."""
    if states is None or any(state.state_type is None for state in states):
        return None
    return tuple(dict.fromkeys(str(state.state_type) for state in states))


def _add_states(wanted: Terms, where: FlowRunFilter | TaskRunFilter, table: str) -> None:
    """Ask for runs in one of some states, and in none of others."""
    states, not_states = where.states, where.not_states
    # Where only types are asked for, they are asked for already.
    is_done = where.state_types is None and _types_of(states) is not None
    if states is not None and not (is_done and all(s.state_name is None for s in states)):
        wanted.add_any([_state_term(state, table) for state in states])
    for state in not_states:
        term, *values = _state_term(state, table)
        wanted.add(f"NOT {term}", *values)


def _state_term(state: StateWord, table: str) -> tuple[Any, ...]:
    """Write a state as a term that is never NULL. Where no name is stored, it is the type's."""
    if state.state_name is None:
        return f"({table}.state_type = ?)", state.state_type
    if state.state_type is None:
        return f"coalesce({table}.state_name = ?, FALSE)", state.state_name
    if state.state_name == default_name(StateType(state.state_type)):
        plain = f"coalesce({table}.state_name = ?, TRUE)"
    else:
        plain = f"coalesce({table}.state_name = ?, FALSE)"
    return f"({table}.state_type = ? AND {plain})", state.state_type, state.state_name


def _add_flows(wanted: Terms, where: FlowRunFilter, words: Words) -> None:
    """Ask for runs of some flows, and not of others."""
    like = f"flow_run.flow_name {words.like} ? ESCAPE '\\'"
    if where.flows is not None and where.flows != (where.flow_name,):
        equal = f"{words.plain}flow_run.flow_name = ?"
        wanted.add_any([(like, _star_pattern(n)) if "*" in n else (equal, n) for n in where.flows])
    for name in where.not_flows:
        if "*" in name:
            wanted.add(f"NOT {like}", _star_pattern(name))
        else:
            wanted.add("flow_run.flow_name <> ?", name)


def _star_pattern(text: str) -> str:
    """Make a pattern for LIKE of a name in which `*` stands for anything."""
    return like_pattern(text)[1:-1].replace("*", "%")


def task_runs(where: TaskRunFilter, no: int | None, limit: int, words: Words) -> Query:
    """Build the list of task runs; `no` is the number of the flow run asked for."""
    wanted = _task_terms(where, no, words)
    columns = _TASK_COLUMNS.format(result="task_run.result" if where.with_result else "NULL")
    order = "task_run.id DESC" if no is None or where.newest_first else "task_run.id"
    text = f"""SELECT {columns}
FROM task_run JOIN flow_run ON flow_run.no = task_run.id >> {INDEX_BITS}
{wanted} ORDER BY {order} LIMIT ?"""
    return text, [*wanted.values, limit]


def task_run_count(where: TaskRunFilter, no: int | None, at_most: int, words: Words) -> Query:
    """Build the statement that counts task runs, up to a number."""
    wanted = _task_terms(where, no, words)
    text = f"SELECT count(*) FROM (SELECT 1 FROM task_run {wanted} LIMIT ?) AS found"
    return text, [*wanted.values, at_most]


def _task_terms(where: TaskRunFilter, no: int | None, words: Words) -> Terms:
    wanted = Terms()
    if no is not None:
        first, behind = task_run_span(no)
        if where.after_index is not None:
            first += where.after_index + 1
        wanted.add("task_run.id >= ? AND task_run.id < ?", first, behind)
    if where.before_id is not None:
        above, index = split_task_run_id(where.before_id)
        number = "(SELECT no FROM flow_run WHERE id = ?)"
        wanted.add(f"task_run.id < {number} * {1 << INDEX_BITS} + ?", above, index)
    states = _types_of(where.states) if where.state_types is None else where.state_types
    # Within a flow run its own span is the shorter way.
    wanted.add_in(states, f"{'' if no is None else words.plain}task_run.state_type")
    if no is None and states is not None and "COMPLETED" not in states:
        # In the words of the partial index, or it is not used.
        wanted.add("task_run.state_type <> 'COMPLETED'")
    _add_states(wanted, where, "task_run")
    wanted.add_like(where.name_contains, f"task_run.name {words.like} ? ESCAPE '\\'")
    wanted.add_if(where.task_key, "task_run.task_key = ?")
    if where.tasks is not None:
        # What stands behind the last dot of the key.
        wanted.add_any(
            [
                (f"task_run.task_key = ? OR {_ENDS}", name, len(name) + 1, f".{name}")
                for name in where.tasks
            ]
        )
    return wanted


def artifact(artifact_id: str) -> Query:
    """Build the statement that gives one artifact, with its content."""
    columns = _ARTIFACT_COLUMNS.format(content="artifact.content")
    return f"SELECT {columns}{_ARTIFACT_FROM}WHERE artifact.id = ?", [artifact_id]


def artifacts(where: ArtifactFilter, nos: list[int] | None, limit: int, words: Words) -> Query:
    """Build the list of artifacts, newest first; `nos` are the flow runs they may come from."""
    wanted = _artifact_terms(where, nos, words)
    columns = _ARTIFACT_COLUMNS.format(content=_SMALL_CONTENT)
    text = f"SELECT {columns}{_ARTIFACT_FROM}{wanted} ORDER BY artifact.id DESC LIMIT ?"
    return text, [*wanted.values, limit]


def artifact_count(
    where: ArtifactFilter, nos: list[int] | None, at_most: int, words: Words
) -> Query:
    """Build the statement that counts artifacts."""
    wanted = _artifact_terms(where, nos, words)
    text = f"SELECT count(*) FROM (SELECT 1 FROM artifact {wanted} LIMIT ?) AS found"
    return text, [*wanted.values, at_most]


def artifact_keys(contains: str | None, limit: int, words: Words) -> Query:
    """Build the list of keys, each with its newest artifact; what was saved last comes first."""
    wanted = Terms()
    wanted.add("key IS NOT NULL")
    wanted.add_like(contains, f"key {words.like} ? ESCAPE '\\'")
    columns = _ARTIFACT_COLUMNS.format(content=_KEY_CONTENT)
    text = f"""SELECT {columns}, found.count
FROM (SELECT key, count(*) AS count, max(version) AS newest FROM artifact {wanted}
    GROUP BY key) AS found
JOIN artifact ON artifact.key = found.key AND artifact.version = found.newest
JOIN flow_run ON flow_run.no = artifact.flow_run
LEFT JOIN task_run ON task_run.id = artifact.flow_run * {1 << INDEX_BITS} + artifact.idx
ORDER BY artifact.id DESC LIMIT ?"""
    return text, [*wanted.values, limit]


def _artifact_terms(where: ArtifactFilter, nos: list[int] | None, words: Words) -> Terms:
    wanted = Terms()
    wanted.add_in(nos, "artifact.flow_run")
    wanted.add_if(where.index, "artifact.idx = ?")
    wanted.add_if(where.key, "artifact.key = ?")
    wanted.add_in(where.kinds, "artifact.kind")
    if where.contains is not None:
        pattern = like_pattern(where.contains)
        like = f"{words.like} ? ESCAPE '\\'"
        wanted.add_any([(f"artifact.{name} {like}", pattern) for name in ("key", "description")])
    wanted.add_if(where.before_id, "artifact.id < ?")
    return wanted


class Terms:
    """A WHERE clause in the making, and the values bound in it."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._terms: list[str] = []

    def add(self, term: str, *values: Any) -> None:
        """Ask for something more."""
        self._terms.append(term)
        self.values += values

    def add_if(self, value: Any, term: str) -> None:
        """Ask for it unless the value is None."""
        if value is not None:
            self.add(term, value)

    def add_like(self, part: str | None, term: str) -> None:
        """Ask for a text that contains the part."""
        if part is not None:
            self.add(term, like_pattern(part))

    def add_any(self, terms: Sequence[tuple[Any, ...]]) -> None:
        """Ask for one of several things: each a term, and its values."""
        either = " OR ".join(term for term, *_ in terms)
        self.add(f"({either or 'FALSE'})", *(value for _, *values in terms for value in values))

    def add_in(self, values: Sequence[Any] | None, column: str) -> None:
        """Ask that a column is one of some values."""
        if values is None:
            return
        if len(values) == 1:
            # With an equality an index can give the order too.
            self.add(f"{column} = ?", values[0])
        else:
            self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self._terms)}" if self._terms else ""
