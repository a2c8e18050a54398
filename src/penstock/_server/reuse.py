"""What going on with a flow run would hand back, and what it would execute.

Told from rows alone: neither code nor values are loaded, so what changed in the code
of a task since is not known here. That makes the answer the least that will be executed.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from penstock._engine.entrypoints import why_not_loadable
from penstock._engine.resume import find_obstacle, has_owner
from penstock._schemas.actions import Action, Reuse, ReuseOfTask
from penstock._server.details import command_for
from penstock._server.listed import task_name
from penstock.settings import Settings
from penstock.states import StateType
from penstock.stores.protocol import Store
from penstock.stores.rows import BarRow, FlowRunRow

__all__ = ["plan_reuse", "why_not"]

_ALL: Final = "*"


def plan_reuse(
    store: Store,
    settings: Settings,
    row: FlowRunRow,
    action: Action,
    rerun: Collection[str] = (),
) -> Reuse:
    """Say what an action would do with a flow run, before it is done.

    Args:
        store: where the run is.
        settings: tell where journals of living processes are.
        row: the flow run, whole.
        action: what is to be done; only going on with it reuses anything.
        rerun: names of tasks to execute again, with all that depends on them.
    """
    counts: dict[str, Counter[bool]] = {}
    found = _count(store, row.id, frozenset(rerun), counts)
    why = why_not(row, settings, action, rerun)
    unknown = [name for name in rerun if name != _ALL and name not in found]
    if why is None and unknown:
        why = f"there is no task {unknown[0]!r} in it; it has {', '.join(sorted(counts))}"
    tasks = [
        ReuseOfTask(name=name, reused=count[True], again=count[False])
        for name, count in counts.items()
    ]
    return Reuse(
        is_possible=why is None,
        why_not=None if why is None else f"{why[0].upper()}{why[1:]}.",
        reused=sum(task.reused for task in tasks),
        again=sum(task.again for task in tasks),
        tasks=tasks,
        command=_command(store, row, rerun),
    )


def why_not(
    row: FlowRunRow, settings: Settings, action: Action, rerun: Collection[str]
) -> str | None:
    """Say why a flow run cannot be gone on with; None: it can."""
    if action not in {Action.RETRY, Action.RESUME}:
        return f"to {action} a run hands nothing back"
    why = find_obstacle(row, rerun)
    if why is not None:
        return why
    if row.ended is None:
        if row.state_type == StateType.PAUSED and action is Action.RESUME:
            if has_owner(settings, row):
                return None  # it is given its answer, and goes on where it is
        elif has_owner(settings, row):
            return f"process {row.pid} on {row.host} has it, and it is {row.state_name}"
    why = why_not_loadable(row.entrypoint, row.id)
    if why is None and row.inputs is None:
        why = f"what it was called with could not be stored; call flow.resume({row.id!r}, ...)"
    return why


def _command(store: Store, row: FlowRunRow, rerun: Collection[str]) -> str | None:
    if row.state_type == StateType.COMPLETED and rerun:
        command: str | None = f"penstock flow-run retry {row.id}"
    else:
        command = command_for(store, row)
    if command is None or not rerun:
        return command
    return command + "".join(f" --from {shlex.quote(name)}" for name in rerun)


def _count(
    store: Store, flow_run_id: str, rerun: frozenset[str], counts: dict[str, Counter[bool]]
) -> set[str]:
    """Count the task runs of a flow run, and of those nested in it; give the names found."""
    bars = store.find_bars(flow_run_id)
    again = _again(bars, rerun, frozenset(store.find_rolled_back(flow_run_id)))
    found: set[str] = set()
    for bar in bars:
        found |= _names(bar)
        if bar.flow_run_id is None:
            counts.setdefault(task_name(bar.key), Counter())[bar.index not in again] += 1
        elif bar.index in again:
            inside = frozenset({_ALL}) if _names(bar) & rerun else rerun
            found |= _count(store, bar.flow_run_id, inside, counts)
        else:
            for below in store.find_bars(bar.flow_run_id):
                if below.flow_run_id is None:
                    counts.setdefault(task_name(below.key), Counter())[True] += 1
    return found


def _again(bars: Sequence[BarRow], rerun: frozenset[str], gone: frozenset[int]) -> set[int]:
    """Say which calls are executed again, by their index."""
    changed: set[int] = set()
    again: set[int] = set()
    # By index: what a call depends on was called before it.
    for bar in bars:
        is_asked = bool(rerun & (_names(bar) | {_ALL}))
        # A nested run is looked into when anything is asked for: it may be in there.
        may_hold_it = bar.flow_run_id is not None and bool(rerun)
        if (
            is_asked
            or not changed.isdisjoint(bar.upstreams)
            or bar.state_type != StateType.COMPLETED
        ):
            changed.add(bar.index)
            again.add(bar.index)
        elif bar.index in gone or not bar.is_stored or may_hold_it:
            again.add(bar.index)
    return again


def _names(bar: BarRow) -> set[str]:
    """Give the names by which somebody may mean a call."""
    if bar.flow_name is not None:
        return {bar.flow_name, bar.name}
    return {task_name(bar.key), bar.name, bar.name.removesuffix(f"-{bar.index}")}
