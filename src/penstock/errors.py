"""Every error Penstock raises, in one tree.

    PenstockError
    ├── UsageError (ValueError)         wrong use that a person can mend; exit code 2
    │   ├── OptionError                 a decorator option with an impossible value
    │   ├── ParameterError (TypeError)  a call that does not fit the signature
    │   ├── MapError                    .map with lengths that do not fit, or nothing to map over
    │   ├── ScriptError                 a flow file that cannot be loaded
    │   ├── NotResumable                a flow run that there is nothing to go on with
    │   ├── StillRunning                a flow run that a living process has
    │   ├── MissingKey (LookupError)    a value that a transaction was never given
    │   ├── NotWaiting                  an answer for a flow run that waits for none
    │   ├── InvalidAnswer               an answer that is not what the flow run asks for
    │   └── AsyncMisuse                 an async task called where nobody can await it
    ├── NotYet (NotImplementedError)    something of Prefect's that Penstock does not have yet
    ├── MissingContext (RuntimeError)   called outside of a run
    ├── InvalidTransition               a move that `states.TRANSITIONS` does not list
    ├── RunError                        how a run ended, told to who asked for its result
    │   ├── FailedRun · CrashedRun · CancelledRun · UnfinishedRun
    │   ├── AlreadyBegun                a task with once=True is not executed a second time
    │   ├── StaleOwner                  another process has taken the run over
    │   ├── TimedOut (TimeoutError)
    │   ├── PauseTimedOut (TimeoutError)  nobody has answered in time
    │   ├── ProcessDied                 the process of an isolated task ended before its body
    │   ├── NotSendable (TypeError)     a value that cannot go to another process
    │   ├── UpstreamFailed              an input's task failed, so this one did not start
    │   └── MissingResult (LookupError)
    ├── NotFound (LookupError)          an id or name that nothing in the store has
    ├── Unreachable (ConnectionError)   no server answers the client
    ├── APIError                        a server does not do what the client asks
    │   ├── NotOnServer (NotFound)      it has nothing of this id or name
    │   ├── InvalidRequest (UsageError) it cannot be asked so; `pointer` says what is wrong
    │   ├── Conflict                    the run is in no state for this
    │   ├── NotAllowed                  the key is missing or wrong
    │   └── ServerFailed                it made a mistake, or its database cannot be used
    └── StoreError                      the database or the journal
        ├── StoreBusy · StoreFull · StoreReadOnly (exit code 6)
        ├── StoreTooNew (3) · StoreCorrupt (4) · StoreOnNetwork (5)
        └── JournalError

Constructors take the facts and hand them to `super().__init__`, and `__str__`
builds the message, so every error pickles without help.
`Stopped` derives from BaseException: user code must not swallow it.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "APIError",
    "AlreadyBegun",
    "AsyncMisuse",
    "CancelledRun",
    "Conflict",
    "CrashedRun",
    "FailedRun",
    "InvalidAnswer",
    "InvalidRequest",
    "InvalidTransition",
    "JournalError",
    "MapError",
    "MissingContext",
    "MissingKey",
    "MissingResult",
    "NotAllowed",
    "NotFound",
    "NotOnServer",
    "NotResumable",
    "NotSendable",
    "NotWaiting",
    "NotYet",
    "OptionError",
    "ParameterError",
    "PauseTimedOut",
    "PenstockError",
    "ProcessDied",
    "RunError",
    "ScriptError",
    "ServerFailed",
    "StaleOwner",
    "StillRunning",
    "Stopped",
    "StoreBusy",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreOnNetwork",
    "StoreReadOnly",
    "StoreTooNew",
    "TimedOut",
    "UnfinishedRun",
    "Unreachable",
    "UpstreamFailed",
    "UsageError",
]


class PenstockError(Exception):
    """Anything Penstock itself has to complain about."""

    #: what the command line exits with when this error ends it
    exit_code: int = 1


class UsageError(PenstockError, ValueError):
    """A mistake that the caller can mend; the message says how."""

    exit_code = 2


class OptionError(UsageError):
    """A decorator option with an impossible value.

    Facts: the owner ("task 'load'"), the option, the value, what it must be.
    """

    def __str__(self) -> str:
        owner, option, value, rule = self.args
        return f"{owner}: {option}={value!r} cannot be; {option} must be {rule}."


class ParameterError(UsageError, TypeError):
    """A call that does not fit the function's signature or types.

    Facts: the owner ("flow 'etl'") and one sentence.
    """

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class MapError(UsageError):
    """`.map` was given lengths that differ, or nothing to go over."""

    def __str__(self) -> str:
        return f"task {self.args[0]!r}.map: {self.args[1]}"


class ScriptError(UsageError):
    """A flow file that does not load, or holds no flow of that name."""

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class NotResumable(UsageError):
    """There is nothing to go on with. Facts: name and id of the flow run, why and what to do."""

    def __str__(self) -> str:
        name, flow_run_id, why = self.args
        return f"Flow run {name!r} ({flow_run_id}) cannot be resumed: {why}."


class MissingKey(UsageError, LookupError):
    """A transaction was asked for a value it does not have. Facts: the name, those there are."""

    def __str__(self) -> str:
        name, known = self.args
        there = f"It has {', '.join(map(repr, known))}." if known else "It has none yet."
        return (
            f"The transaction has no value {name!r}. {there} "
            f"Call set({name!r}, …) first, or give get() a default."
        )


class StillRunning(UsageError):
    """A living process has the flow run.

    Facts: its name and id, its state, pid and host of the process, and for how many
    seconds that has shown no sign of life (None: never seen).
    """

    def __str__(self) -> str:
        name, flow_run_id, state, pid, host, quiet = self.args
        seen = "" if quiet is None else f", last sign of life {quiet:.0f} s ago"
        return (
            f"Flow run {name!r} ({flow_run_id}) is {state} in process {pid} on {host}{seen}. "
            f"Wait for its end, or cancel it first: penstock flow-run cancel {flow_run_id}"
        )


class NotWaiting(UsageError):
    """A flow run waits for no answer. Facts: its name and id, why and what to do."""

    def __str__(self) -> str:
        name, flow_run_id, why = self.args
        return f"Flow run {name!r} ({flow_run_id}) waits for no answer: {why}."


class InvalidAnswer(UsageError):
    """An answer is not what the flow run asks for; it still waits.

    Facts: its name and id, and what is wrong, with the name of the field.
    """

    def __str__(self) -> str:
        name, flow_run_id, problem = self.args
        return f"Flow run {name!r} ({flow_run_id}) cannot take the answer: {problem}."


class AsyncMisuse(UsageError):
    """Something async was called where nobody awaited it. Facts: what was called, the flow."""

    def __str__(self) -> str:
        what, flow = self.args
        if what.startswith("task "):
            cure = "Use its .submit(...).result()"
        else:
            cure = "Hand the call to asyncio.run(...)"
        return (
            f"Flow {flow!r} called async {what} without awaiting it. "
            f"{cure}, or make the flow 'async def' and await the call."
        )


class NotYet(PenstockError, NotImplementedError):
    """Something of Prefect's was used that Penstock does not have yet.

    Facts: its full name, the use that was made of it, what to do meanwhile.
    """

    exit_code = 2

    def __str__(self) -> str:
        name, use, meanwhile = self.args
        used = f" (used as {use})" if use else ""
        return f"Penstock does not have {name} yet{used}." + (f" {meanwhile}" if meanwhile else "")


class MissingContext(PenstockError, RuntimeError):
    """Something that only makes sense inside of a run was used outside of one."""


class InvalidTransition(PenstockError):
    """A run cannot make this move. Nothing has changed."""

    def __str__(self) -> str:
        run_id, before, after = self.args
        return f"Run {run_id} cannot go from {before} to {after}."


class RunError(PenstockError):
    """How a run ended, told to whoever asked for its result."""


class FailedRun(RunError):
    """The run ended Failed and carries no exception of its own."""


class CrashedRun(RunError):
    """The run's process died."""


class CancelledRun(RunError):
    """Somebody stopped the run."""


class AlreadyBegun(RunError):
    """A task with once=True had begun. Facts: the task run, its attempt, the flow run's id."""

    def __str__(self) -> str:
        name, attempt, flow_run_id = self.args
        return (
            f"Task run {name!r} (once=True) had begun in attempt {attempt} and may have had its "
            "effect, so it was not executed again. If it had not: "
            f"penstock flow-run resume {flow_run_id} --from {name}"
        )


class StaleOwner(RunError):
    """Another process has taken the flow run over. Facts: its name, its id."""

    def __str__(self) -> str:
        name, flow_run_id = self.args
        return (
            f"Flow run {name!r} ({flow_run_id}) belongs to another process now, so this one has "
            f"stopped it and recorded nothing more: penstock flow-run inspect {flow_run_id}"
        )


class UnfinishedRun(RunError):
    """A result was asked for before the run had ended."""

    def __str__(self) -> str:
        return f"The run is {self.args[0]}, so it has no result yet. Wait for it first."


class TimedOut(RunError, TimeoutError):
    """A task or flow took longer than its `timeout_seconds`, or a wait ended first."""


class PauseTimedOut(RunError, TimeoutError):
    """Nobody has answered in time. Facts: the flow run's name, how long it waited for what."""

    def __str__(self) -> str:
        # Two facts: an OSError, as a TimeoutError is, makes a file name of a third.
        name, waited = self.args
        return (
            f"Flow run {name!r} has waited {waited}, and nobody has answered. "
            "Catch this error to go on without, or give pause_flow_run a longer timeout."
        )


class ProcessDied(RunError):
    """The process of an isolated task run ended before the body did.

    Facts: the task run's name, the exit code (below zero: the signal that killed it).
    """

    def __str__(self) -> str:
        name, code = self.args
        if code >= 0:
            return f"The process of task run {name!r} ended with exit code {code} in mid-body."
        import signal  # noqa: PLC0415 - names a number, once something has died

        try:
            how = f"signal {-code} ({signal.Signals(-code).name})"
        except ValueError:
            how = f"signal {-code}"
        hint = " A system without free memory does that." if how.endswith("(SIGKILL)") else ""
        return f"The process of task run {name!r} was killed by {how}.{hint}"


class NotSendable(RunError, TypeError):
    """Something cannot go to the process of an isolated task, or come back from it.

    Facts: the task run's name, what it is ("argument 'connection'"), the reason.
    """

    def __str__(self) -> str:
        name, what, reason = self.args
        return (
            f"The {what} of task run {name!r} cannot go from one process to another ({reason}). "
            "Use what it is made of instead, or leave isolate=True out."
        )


class UpstreamFailed(RunError):
    """A task could not start, because a task whose result it needs has failed.

    Facts: the task that waited, the upstream's run name, the upstream's error text.
    """

    def __str__(self) -> str:
        task, upstream, error = self.args
        return (
            f"Task {task!r} did not run, because {upstream!r} failed ({error}). "
            "Wrap the input in allow_failure(...) to run it all the same."
        )


class MissingResult(RunError, LookupError):
    """The run completed, but its value is no longer there."""

    def __str__(self) -> str:
        return str(self.args[0] or "The run completed, but its value was not kept.")


class NotFound(PenstockError, LookupError):
    """Nothing in the store has this id or name. Facts: the kind, the id."""

    exit_code = 2

    def __str__(self) -> str:
        kind, name = self.args
        listing = {
            "artifact": "penstock artifact ls",
            "flow run": "penstock flow-run ls",
            "task run": "penstock task-run ls",
        }
        hint = f" `{listing[kind]}` lists those there are." if kind in listing else ""
        return f"There is no {kind} {name!r}.{hint}"


class Unreachable(PenstockError, ConnectionError):
    """No server answers. Facts: the address, what happened instead."""

    def __str__(self) -> str:
        # Two facts, as a ConnectionError is an OSError.
        url, problem = self.args
        return (
            f"No server answers at {url} ({problem}). Start one with `penstock server start`, "
            "or say where it is: Client(url) or PENSTOCK_API_URL."
        )


class Wrong(NamedTuple):
    """One thing that is wrong with a request."""

    pointer: str  #: JSON pointer to the field: `/query/limit`, `/body/name`
    message: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.message}"


class APIError(PenstockError):
    """A server does not do what its client asks.

    Facts: the status of HTTP, the server's word for the problem, what happened, and all
    that is `Wrong` with the request.
    """

    @property
    def status(self) -> int:
        """The status of HTTP: 404."""
        return int(self.args[0])

    @property
    def type(self) -> str:
        """The server's word for the problem: `not_found`."""
        return str(self.args[1])

    @property
    def message(self) -> str:
        """What happened, and what to do."""
        return str(self.args[2])

    @property
    def errors(self) -> tuple[Wrong, ...]:
        """What is wrong with the request, field by field."""
        return tuple(self.args[3])

    @property
    def pointer(self) -> str | None:
        """The first field that is wrong, as a JSON pointer: `/query/limit`."""
        return self.errors[0].pointer if self.errors else None

    def __str__(self) -> str:
        lines = [f"{self.message} ({self.status} {self.type})", *map(str, self.errors)]
        return "\n  ".join(lines)


class NotOnServer(APIError, NotFound):
    """The server's store has nothing of this id or name."""


class InvalidRequest(APIError, UsageError):
    """A server cannot be asked so; `errors` and `pointer` say what is wrong."""


class Conflict(APIError):
    """A run is in no state in which this could be done."""


class NotAllowed(APIError):
    """A server wants a key, or another one: `Client(key=…)` or PENSTOCK_API_KEY."""


class ServerFailed(APIError):
    """A server made a mistake, or cannot use its database."""


class StoreError(PenstockError):
    """The database did not do what was asked of it. Facts: where, what happened."""

    exit_code = 6

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class StoreBusy(StoreError):
    """Another program held the database longer than a minute."""


class StoreFull(StoreError):
    """No space was left for the database or the journal."""


class StoreReadOnly(StoreError):
    """The database or its folder cannot be written."""


class StoreTooNew(StoreError):
    """A newer Penstock has written this database."""

    exit_code = 3


class StoreCorrupt(StoreError):
    """The file is not a database, or is damaged."""

    exit_code = 4


class StoreOnNetwork(StoreError):
    """The file lies on a network file system, where SQLite's locks do not hold."""

    exit_code = 5


class JournalError(StoreError):
    """The journal cannot be written."""


class Stopped(BaseException):
    """Unwinds a run that was cancelled or timed out. Not for user code to catch."""
