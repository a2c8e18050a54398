"""One flow run in full: what it is, its task runs as a tree, and its error."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from penstock._cli.answer import pause_records, what_it_waits_for
from penstock._cli.lookup import all_task_runs, reference
from penstock._cli.output import Column, Screen, Table, state_style
from penstock._cli.records import flow_run_record, read_parameters, run_time, task_run_record
from penstock._cli.times import age, local
from penstock._durations import took
from penstock.errors import NotFound
from penstock.states import FINAL, StateType
from penstock.stores.filters import FlowRunFilter, TaskRunFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock._cli.output import Line
    from penstock.stores.protocol import Store
    from penstock.stores.rows import FlowRunRow, TaskRunRow

__all__ = ["WENT_WRONG", "flow_run_page", "show_fields", "show_flow_run", "show_traceback", "when"]

#: Ends that somebody will want to look into.
WENT_WRONG: Final = frozenset({StateType.FAILED, StateType.CRASHED})
#: A flow run with more task runs is summed up.
_MOST_SHOWN: Final = 100
#: Nested runs that are listed.
_MOST_NESTED: Final = 100


def flow_run_page(store: Store, row: FlowRunRow) -> dict[str, Any]:
    """Describe a flow run with everything that belongs to it, for scripts."""
    in_session = row.kind == "session"
    tasks = all_task_runs(store, TaskRunFilter(flow_run_id=row.id))
    nested = store.find_flow_runs(FlowRunFilter(parent_flow_run_id=row.id), -1)
    return {
        **flow_run_record(row),
        "traceback": row.traceback,
        "pauses": pause_records(store, row),
        "task_run_counts": store.count_task_runs(row.id),
        "task_runs": [task_run_record(task, in_session=in_session) for task in tasks],
        "nested_flow_runs": [
            flow_run_record(store.get_flow_run(child.id)) for child in reversed(nested)
        ],
    }


def show_flow_run(screen: Screen, store: Store, row: FlowRunRow) -> None:
    """Show a flow run so that a person can follow what happened."""
    _show_head(screen, store, row)
    total = sum(store.count_task_runs(row.id).values())
    nested = list(
        reversed(store.find_flow_runs(FlowRunFilter(parent_flow_run_id=row.id), _MOST_NESTED))
    )
    shown = _pick(store, row.id, total)
    if shown or nested:
        screen.line()
        _show_calls(screen, shown, nested)
    word = reference(store, row)
    if total > len(shown):
        screen.line()
        screen.line(f"{total - len(shown):,} more: penstock task-run ls --flow-run {word}")
    failed = [task for task in shown if task.state_type in WENT_WRONG]
    _show_error(screen, row, failed)
    screen.line()
    if row.state_type in FINAL and row.state_type != StateType.COMPLETED:
        root = row.parent_flow_run_id or word
        screen.line([("Go on with it: ", "dim"), f"penstock flow-run resume {root}"])
    screen.line([("Log lines: ", "dim"), f"penstock flow-run logs {word}"])
    if shown:
        example = failed[0] if failed else shown[-1]
        task = f"{word}-{example.index}" if word[0] != "'" else example.id
        screen.line([("A task run: ", "dim"), f"penstock task-run inspect {task}"])


def show_fields(screen: Screen, fields: Iterable[tuple[str, Line]]) -> None:
    """Show what something is, one name and value a line; empty values are left out."""
    kept = [(name, value) for name, value in fields if value]
    width = max(len(name) for name, _ in kept)
    for name, value in kept:
        pieces = [value] if isinstance(value, str) else list(value)
        screen.line([(f"{name:<{width}}", "bold"), "  ", *pieces], hang=width + 2)


def show_traceback(screen: Screen, text: str) -> None:
    """Show a traceback; its last lines, which say what happened, in red on a terminal."""
    lines = text.rstrip("\n").split("\n")
    said = max((at for at, line in enumerate(lines) if line.startswith(" ")), default=-1) + 1
    for at, line in enumerate(lines):
        screen.line([(f"  {line}", "red" if at >= said else "")])


def when(screen: Screen, row: FlowRunRow | TaskRunRow) -> Line:
    """Say when a run was, and how long it took."""
    if row.started is None:
        return f"not begun; made {local(row.created)}"
    text = local(row.started)
    if screen.is_terminal:
        text += f" ({age(row.started)})"
    verb = "took" if row.ended is not None else "running for"
    return f"{text}, {verb} {took(run_time(row))}"


def _show_head(screen: Screen, store: Store, row: FlowRunRow) -> None:
    counts = store.count_task_runs(row.id)
    tasks = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    version = f" (version {row.version})" if row.version else ""
    place = f"{row.pid} on {row.host}" if row.pid is not None else ""
    show_fields(
        screen,
        [
            ("Flow run", [(row.name, "bold"), f"  {row.id}"]),
            ("Flow", row.flow_name + version),
            ("State", state_line(row)),
            *what_it_waits_for(screen, store, row),
            ("Began", when(screen, row)),
            ("Attempts", str(row.attempt) if row.attempt > 1 else ""),
            ("Parameters", _parameters(row)),
            ("Tags", ", ".join(row.tags)),
            ("Called by", _parent(store, row)),
            ("Process", place),
            ("Task runs", tasks or "none"),
        ],
    )


def state_line(row: FlowRunRow | TaskRunRow) -> Line:
    """Give a state with its message."""
    message = f": {row.message}" if row.message else ""
    return [(row.state_name, state_style(row.state_type)), message]


def _parameters(row: FlowRunRow) -> str:
    parameters = read_parameters(row)
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in parameters.items()
    )


def _parent(store: Store, row: FlowRunRow) -> Line:
    if row.parent_flow_run_id is None:
        return ""
    try:
        name = store.get_flow_run(row.parent_flow_run_id).name
    except NotFound:
        name = "a flow run that is gone"
    return f"{name}  {row.parent_flow_run_id}"


def _pick(store: Store, flow_run_id: str, total: int) -> list[TaskRunRow]:
    """Choose the task runs to show: all, or of many those that have not completed."""
    where = TaskRunFilter(flow_run_id=flow_run_id)
    if total > _MOST_SHOWN:
        others = tuple(state for state in StateType if state is not StateType.COMPLETED)
        where = where._replace(state_types=others)
    return list(islice(all_task_runs(store, where), _MOST_SHOWN))


def _show_calls(screen: Screen, tasks: Sequence[TaskRunRow], nested: Sequence[FlowRunRow]) -> None:
    """Show task runs and nested flow runs in the order of their calls, as a tree."""
    table = Table(
        Column("#", right=True),
        Column("NAME", gives_way=True),
        Column("STATE"),
        Column("TOOK", right=True),
        Column("ATTEMPTS", right=True),
        Column("AFTER", gives_way=True),
        note="MESSAGE",
    )
    depths: dict[int, int] = {}
    calls: list[tuple[int, TaskRunRow | FlowRunRow]] = [(task.index, task) for task in tasks]
    calls += [(run.parent_index or 0, run) for run in nested]
    for index, run in _as_tree(calls):
        depth = _depth(run, depths)
        depths[index] = depth
        name = run.name if hasattr(run, "task_key") else f"{run.name} (flow {run.flow_name})"
        table.row(
            str(index),
            "  " * depth + name,
            (run.state_name, state_style(run.state_type)),
            took(run_time(run)),
            str(run.attempt) if run.attempt > 1 else "",
            ", ".join(map(str, run.upstreams)),
            note=run.message if run.state_type != StateType.COMPLETED else None,
        )
    table.write(screen)


def _as_tree(
    calls: list[tuple[int, TaskRunRow | FlowRunRow]],
) -> list[tuple[int, TaskRunRow | FlowRunRow]]:
    """Put each call behind the one in whose body it was made."""
    known = {index for index, _ in calls}
    below: dict[int | None, list[tuple[int, TaskRunRow | FlowRunRow]]] = {}
    for index, run in sorted(calls, key=lambda call: call[0]):
        above = _above(run)
        below.setdefault(above if above in known else None, []).append((index, run))
    ordered = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        index, run = waiting.pop()
        ordered.append((index, run))
        waiting += reversed(below.get(index, []))
    return ordered


def _above(run: TaskRunRow | FlowRunRow) -> int | None:
    """Give the index of the task run in whose body a task was called."""
    return run.parent_index if hasattr(run, "task_key") else None


def _depth(run: TaskRunRow | FlowRunRow, depths: dict[int, int]) -> int:
    above = _above(run)
    return 0 if above is None or above not in depths else depths[above] + 1


def _show_error(screen: Screen, row: FlowRunRow, failed: Sequence[TaskRunRow]) -> None:
    """Show the traceback of the run, or where it has none, of the first task that failed."""
    text = row.traceback
    title = "Error"
    if text is None and failed and row.state_type in FINAL:
        text = failed[0].traceback
        title = f"Error of task run {failed[0].name!r}"
    if text is not None:
        screen.line()
        screen.line([(title, "bold red")])
        show_traceback(screen, text)
