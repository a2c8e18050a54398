"""What a test looks at: the runs in a store, their states, values and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from penstock._engine.process import journal_folder
from penstock._journal.recovery import recover
from penstock.errors import MissingResult, UsageError
from penstock.futures import wait
from penstock.results import load, read_file
from penstock.states import FINAL
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, LogFilter, TaskRunFilter
from penstock.stores.rows import TaskRunRow

if TYPE_CHECKING:
    from penstock._clock import Clock
    from penstock._engine.process import Process
    from penstock.stores.protocol import Store
    from penstock.stores.rows import ArtifactRow, FlowRunRow

__all__ = ["Recorded", "RecordedRun", "goes_by"]

_ALL: Final = 1_000_000
#: Names of runs that an error lists.
_SHOWN: Final = 20


class Recorded:
    """Everything recorded in an isolated store, as it stands when it is asked for.

    Runs come in the order in which they were made. What programs have left that were
    killed is brought in first, as the next command of Penstock would do.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._is_closed = False

    @property
    def store(self) -> Store:
        """The store itself, for what the rest of this class does not offer."""
        if self._is_closed:
            raise UsageError(
                "The isolated store is closed. Look at what it recorded inside of its block."
            )
        self._process.flush()
        folder = journal_folder(self._process.settings)
        if folder is not None:
            recover(folder, self._process.store)
        return self._process.store

    @property
    def clock(self) -> Clock:
        """What the engine asks for the time."""
        return self._process.clock

    def flow_runs(self, name: str | None = None) -> list[RecordedRun]:
        """List the flow runs: all, those of a flow, or those of one name."""
        store = self.store
        found = reversed(store.find_flow_runs(FlowRunFilter(), _ALL))
        return [
            RecordedRun(self, store.get_flow_run(row.id))
            for row in found
            if name is None or name in {row.name, row.flow_name}
        ]

    def flow_run(self, name: str | None = None) -> RecordedRun:
        """Give the one flow run there is, or the one of a flow, or of that name.

        Raises:
            AssertionError: there is none, or there are several; the message lists them.
        """
        return _only("flow run", name, self.flow_runs(name), self.flow_runs)

    def task_runs(self, name: str | None = None) -> list[RecordedRun]:
        """List the task runs: all, those of a task, or those of one name."""
        store = self.store
        runs = reversed(store.find_flow_runs(FlowRunFilter(sessions=True), _ALL))
        return [
            RecordedRun(self, row)
            for run in runs
            for row in store.find_task_runs(
                TaskRunFilter(flow_run_id=run.id, with_result=True), _ALL
            )
            if name is None or goes_by(name, row.name, row.task_key)
        ]

    def task_run(self, name: str | None = None) -> RecordedRun:
        """Give the one task run there is, or the one of a task (`load`), or of a name (`load-0`).

        Raises:
            AssertionError: there is none, or there are several; the message lists them.
        """
        return _only("task run", name, self.task_runs(name), self.task_runs)

    def logs(self, *, logger: str | None = None) -> list[str]:
        """List the texts of the log lines in their order, or of those that a logger wrote."""
        return [
            row.message
            for row in self.store.find_logs(
                LogFilter(loggers=None if logger is None else (logger,)), _ALL
            )
        ]

    def artifacts(self, key: str | None = None) -> list[ArtifactRow]:
        """List the artifacts, or the versions of those with a key, with their content."""
        store = self.store
        found = reversed(store.find_artifacts(ArtifactFilter(key=key), _ALL))
        return [store.get_artifact(row.id) for row in found]

    def states(self) -> dict[str, str]:
        """Give the name of the state of each task run, by the name of the run."""
        return {run.name: run.state_name for run in self.task_runs()}

    def check(self) -> None:
        """Check that every run has ended, and that the store is sound.

        Waits for what was submitted outside of flows.

        Raises:
            AssertionError: it is not so; the message says what is wrong.
        """
        process = self._process
        if process.is_abandoned:
            return  # a forked child: all of it is the parent's
        session = process._session  # noqa: SLF001 - looking must not open one
        while session is not None and session.open_futures:
            wait(list(session.open_futures))
        store = self.store
        problems = list(store.check())
        if process.writer.trouble is not None:
            problems.append(f"The store has not taken everything ({process.writer.trouble}).")
        problems += [
            f"{run.name!r} is still {run.state_name}: wait for it, or end what it waits for."
            for run in (*self.flow_runs(), *self.task_runs())
            if run.state_type not in FINAL
        ]
        if problems:
            raise AssertionError("At the end of the isolated store: " + " ".join(problems))

    def close(self) -> None:
        """Refuse further questions."""
        self._is_closed = True


class RecordedRun:
    """A flow run or task run as it stood when it was looked up."""

    def __init__(self, recorded: Recorded, row: FlowRunRow | TaskRunRow) -> None:
        self._recorded = recorded
        #: as the store has it, with whatever this class does not offer
        self.row = row
        self.id = row.id
        self.name = row.name
        #: such as "COMPLETED"
        self.state_type = row.state_type
        #: such as "Completed", "Cached" or "TimedOut"
        self.state_name = row.state_name
        #: why it is in that state: for a failure the error's type and text
        self.message = row.message
        #: number of the last attempt, from 1; 0 before the first
        self.attempt = row.attempt
        self.tags = row.tags

    @property
    def result(self) -> Any:
        """What it returned.

        Raises:
            MissingResult: it has not completed, or what it returned could not be kept.
        """
        reference = getattr(self.row, "result_ref", None)
        if self.row.result is not None:
            return load(self.row.result)
        if reference is not None:
            return self._read(reference)
        raise MissingResult(
            f"Nothing is kept of what {self.name!r} returned; it is {self.state_name}."
        )

    def _read(self, reference: str) -> Any:
        try:
            return read_file(reference)
        except MissingResult:
            raise
        except Exception as error:  # a serializer of the task's own has written it
            raise MissingResult(
                f"What {self.name!r} returned is in {reference}, and is no pickle; read that file."
            ) from error

    @property
    def upstreams(self) -> list[str]:
        """Names of the runs whose results it was given."""
        row = self.row
        around = row.flow_run_id if isinstance(row, TaskRunRow) else row.parent_flow_run_id
        if around is None:
            return []
        store = self._recorded.store
        names: dict[int | None, str] = {
            task.index: task.name
            for task in store.find_task_runs(TaskRunFilter(flow_run_id=around), _ALL)
        }
        for flow in store.find_flow_runs(FlowRunFilter(parent_flow_run_id=around), _ALL):
            names[flow.parent_index] = flow.name
        return [names[index] for index in row.upstreams]

    @property
    def history(self) -> list[str]:
        """The names of the states it went through, in order."""
        events = self._recorded.store.flow_run_history(*self._place)
        return [event.state_name for event in events if event.state_name is not None]

    def logs(self) -> list[str]:
        """List the texts of its log lines; for a flow run with those of its tasks."""
        where = LogFilter(*self._place)
        return [row.message for row in self._recorded.store.find_logs(where, _ALL)]

    @property
    def _place(self) -> tuple[str, int | None]:
        """The flow run, and which of its task runs it is."""
        row = self.row
        return (row.flow_run_id, row.index) if isinstance(row, TaskRunRow) else (row.id, None)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.state_name}>"


def goes_by(name: str, run_name: str, task_key: str) -> bool:
    """Tell whether a name means this task run: its own, its task's, or its function's."""
    return name in {run_name, run_name.rpartition("-")[0], task_key.rpartition(".")[2]}


def _only(kind: str, name: str | None, found: list[RecordedRun], all_of_them: Any) -> RecordedRun:
    if len(found) == 1:
        return found[0]
    wanted = kind if name is None else f"{kind} {name!r}"
    if found:
        raise AssertionError(
            f"There is more than one {wanted}: {_listed(found)}. Give the name of one, or use "
            f"{kind.replace(' ', '_')}s()."
        )
    others = all_of_them()
    there = f"There are: {_listed(others)}." if others else f"No {kind} was recorded at all."
    raise AssertionError(f"There is no {wanted}. {there}")


def _listed(runs: list[RecordedRun]) -> str:
    shown = ", ".join(run.name for run in runs[:_SHOWN])
    more = len(runs) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
