"""Transactions as the engine sees them: what several tasks do counts together.

A block opens one. Task runs that do their work inside of it join it. When the block
ends well their commit hooks are called, in the order of their completion; when it
raises, their rollback hooks in reverse order. What a later process has to know is
recorded as it happens; how that one goes on is in rollback.py.

The invariant: a step stands in the journal before the next one is taken. So a hook
that was called is not called again, and nothing that joined is forgotten.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock._engine.caching import forget
from penstock._engine.calls import cancel_waiting
from penstock._engine.hooks import Call
from penstock._engine.process import get_process
from penstock._engine.report import ERROR, INFO, in_words, say
from penstock._engine.steps import Wait
from penstock.context import current, current_transaction
from penstock.errors import FailedRun, UpstreamFailed, UsageError
from penstock.events import (
    TRANSACTION_CHANGED,
    TRANSACTION_JOINED,
    TransactionChanged,
    TransactionJoined,
)
from penstock.results import NotStorable, dump

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextvars import Token

    from penstock._engine.runs import OpenFlowRun, TaskRun
    from penstock._engine.steps import Step
    from penstock.futures import TaskFuture

__all__ = ["Block", "CommitMode", "Member", "TransactionState"]


class CommitMode(StrEnum):
    """When a transaction commits."""

    #: at the end of its block, also inside of another transaction
    EAGER = "EAGER"
    #: at the end of its block, or together with the transaction around it
    LAZY = "LAZY"
    #: when its `commit` is called, or with the one around it; otherwise it is rolled back
    OFF = "OFF"


class TransactionState(StrEnum):
    """Where a transaction stands."""

    #: its block has not begun
    PENDING = "PENDING"
    #: task runs may join
    OPEN = "OPEN"
    #: the same, as scripts written for Prefect call it
    ACTIVE = "OPEN"
    #: commit hooks are being called
    COMMITTING = "COMMITTING"
    #: for good
    COMMITTED = "COMMITTED"
    #: rollback hooks are being called
    ROLLING_BACK = "ROLLING_BACK"
    #: for good
    ROLLED_BACK = "ROLLED_BACK"


class Member(NamedTuple):
    """A task run that did its work inside of a transaction."""

    order: int  #: of completion, among all of this process
    block: Block  #: the innermost, with what hooks are given
    position: int  #: among all that joined transactions of the flow run it is recorded with
    name: str  #: of the run
    task_key: str
    cache_key: str | None
    on_commit: list[Callable[..., Any]]
    on_rollback: list[Callable[..., Any]]


_order = count()


class Block:
    """What the engine knows of a transaction; people hold its `public` side."""

    __slots__ = (
        "blobs",
        "children",
        "commit_mode",
        "earlier",
        "failures",
        "heir",
        "key",
        "kept_key",
        "logger",
        "members",
        "number",
        "opener",
        "overwrite",
        "owner",
        "parent",
        "public",
        "state",
        "token",
        "values",
    )

    def __init__(self, public: Any, key: str | None, commit_mode: CommitMode | None) -> None:
        #: the Transaction that hooks are given
        self.public = public
        self.key = key
        #: the key under which it is recorded; None: it is not remembered
        self.kept_key = key
        #: None: as the one around it
        self.commit_mode = commit_mode
        self.overwrite = False
        self.logger: Any = None
        self.state = TransactionState.PENDING
        #: the transaction around it
        self.parent: Block | None = None
        #: counts those of a flow run
        self.number = 0
        #: futures of tasks submitted inside of it that have failed
        self.failures: list[TaskFuture[Any]] = []
        self.values: dict[str, Any] = {}
        #: the same as bytes, as far as they can be kept
        self.blobs: dict[str, bytes] = {}
        self.members: list[Member] = []
        #: the flow run whose code opened it, and the one it is recorded with
        self.opener: OpenFlowRun | None = None
        self.owner: OpenFlowRun | None = None
        #: who has taken over its members, and those whose members it has
        self.heir: Block | None = None
        self.children: list[Block] = []
        self.token: Token[Any] | None = None
        #: futures that were open before it
        self.earlier: frozenset[TaskFuture[Any]] = frozenset()

    @property
    def is_open(self) -> bool:
        """Tell whether task runs may join."""
        return self.state is TransactionState.OPEN

    @property
    def home(self) -> OpenFlowRun:
        """The flow run that it is recorded with: that of the outermost one."""
        if self.owner is None:
            raise UsageError("This transaction is not open. Enter it: with transaction() as txn.")
        return self.owner

    def join(self, run: TaskRun, cache_key: str | None) -> None:
        """Take in a task run that has done its work, and that is to be recorded as ended."""
        heir = self.last_heir()
        if heir.state is not TransactionState.OPEN or not self.covers(run.flow_run):
            return
        spec, home = run.spec, self.home
        position = next(home.member_positions)
        if not home.is_session:
            home.process.emit(
                TransactionJoined(
                    TRANSACTION_JOINED, run.flow_run.id, home.process.now(), run.index,
                    run.attempt, spec.key, None if run.flow_run is home else home.id,
                    self.number, position, cache_key, not (spec.on_commit or spec.on_rollback),
                )
            )  # fmt: skip
        hooks = spec.on_commit, spec.on_rollback
        member = Member(next(_order), self, position, run.name, spec.key, cache_key, *hooks)
        heir.members.append(member)

    def adopt(self, child: Block) -> None:
        """Take over the members of a transaction inside of this one."""
        self.members += child.members
        self.children.append(child)
        child.heir = self

    def conclude(self, ended: TransactionState) -> Generator[Step, Any, None]:
        """Call the hooks that are left to be called, and commit or roll back for good."""
        undoes = ended is TransactionState.ROLLED_BACK
        members = sorted(self.members, key=lambda member: member.order, reverse=undoes)
        hooks = [member.on_rollback if undoes else member.on_commit for member in members]
        going = TransactionState.ROLLING_BACK if undoes else TransactionState.COMMITTING
        for one in self.tree():
            one.state = going
            if any(hooks):
                one.record()
        for member, functions in zip(members, hooks, strict=True):
            if not self._is_ours:
                return
            if undoes and member.cache_key is not None:
                forget(self.home.process, self.home.id, member.task_key, member.cache_key)
            if functions:
                yield from self._call(functions, member, "Rollback" if undoes else "Commit")
        # The outermost comes last: as long as it is not final, the others follow it.
        for one in reversed(list(self.tree())):
            one.state = ended
            one.record()
        if not undoes:
            self._publish()
        elif any(hooks):
            names = ", ".join(
                member.name for member, some in zip(members, hooks, strict=True) if some
            )
            say(self.home, INFO, f"Rolled back: {names}")

    @property
    def is_recorded(self) -> bool:
        """Tell whether another process could go on with it, or has to know of its key."""
        return self.kept_key is not None or not self.home.is_session

    def open(self) -> None:
        """Begin.

        Raises:
            UsageError: it has begun before.
        """
        if self.state is not TransactionState.PENDING:
            raise UsageError("This transaction was entered before. Make a new one: transaction().")
        scope = current.get()
        flow_run: OpenFlowRun = get_process().session if scope is None else scope.flow_run
        around = current_transaction.get()
        if around is not None and around.is_open and around.covers(flow_run):
            self.parent = around
        self.opener = flow_run
        self.owner = flow_run
        if self.parent is not None and not self.parent.home.is_session:
            self.owner = self.parent.home
        if self.commit_mode is None:
            self.commit_mode = CommitMode.LAZY if self.parent is None else self.parent.commit_mode
        store = flow_run.process.store
        if self.key is not None and not self.overwrite and store.is_key_committed(self.key):
            self.state = TransactionState.COMMITTED
        else:
            self.number = next(self.owner.transaction_numbers)
            self.state = TransactionState.OPEN
            self.record()
            for name in self.values:
                self.keep(name)
        self.earlier = frozenset(flow_run.open_futures)
        self.token = current_transaction.set(self)

    def leave(self) -> None:
        """Let the calling code be outside of it again."""
        token, self.token = self.token, None
        if token is not None:
            # The block of a generator may end in another context than it began in.
            with suppress(ValueError):
                current_transaction.reset(token)

    def close(self, error: BaseException | None) -> Generator[Step, Any, None]:
        """End the block: well, unless it has raised or a task in it has failed unseen."""
        if not self._ends_here:
            return
        late: BaseException | None = None
        if error is None:
            try:
                yield from self._wait()
                late = self._unseen_failure()
            except BaseException as interrupted:  # noqa: BLE001 - raised again below
                late = interrupted
        if error is not None or late is not None:
            yield from self.undo()
        elif self.parent is not None and self.commit_mode is not CommitMode.EAGER:
            yield from self._hand_over(self.parent.last_heir())
        elif self.commit_mode is CommitMode.OFF:
            yield from self.undo()
        else:
            yield from self.conclude(TransactionState.COMMITTED)
        if late is not None:
            raise late

    def commit(self) -> Generator[Step, Any, bool]:
        """Commit, unless a task in it has failed unseen. False: it was over."""
        if not self._ends_here:
            return False
        yield from self._wait()
        failure = self._unseen_failure()
        if failure is not None:
            yield from self.undo()
            raise failure
        yield from self.conclude(TransactionState.COMMITTED)
        return True

    def undo(self) -> Generator[Step, Any, bool]:
        """Let nothing more begin, wait for what runs, and roll back. False: it was over."""
        if not self._ends_here:
            return False
        cancel_waiting(self.opened_by, self._submitted(), "transaction")
        yield from self._wait()
        yield from self.conclude(TransactionState.ROLLED_BACK)
        for future in self.failures:
            future._saw()  # noqa: SLF001 - the block as a whole has failed
        return True

    def _hand_over(self, heir: Block) -> Generator[Step, Any, None]:
        """Leave the end to the transaction around this one."""
        if heir.is_open:
            heir.adopt(self)
        elif heir.state is TransactionState.COMMITTED:
            yield from self.conclude(TransactionState.COMMITTED)
        else:
            yield from self.conclude(TransactionState.ROLLED_BACK)

    def _wait(self) -> Generator[Step, Any, None]:
        while futures := self._submitted():
            yield Wait(futures)

    def _submitted(self) -> list[TaskFuture[Any]]:
        """List the futures made inside of the block that have not ended."""
        found = []
        # The one whose body opened the block is among the earlier ones, and runs in a context
        # that has the block in it by now.
        for future in set(self.opened_by.open_futures) - self.earlier:
            context = future.run.context
            inner = None if context is None else context.get(current_transaction)
            while inner is not None and inner is not self:
                inner = inner.parent
            if inner is self:
                found.append(future)
        return found

    def _unseen_failure(self) -> BaseException | None:
        """Give what went wrong first in tasks whose futures nobody has looked at."""
        unseen = [future for future in self.failures if future.unseen is not None]
        state = unseen[0].peek() if unseen else None
        if state is None:
            return None
        error = state.result(raise_on_failure=False)
        while isinstance(error, UpstreamFailed) and error.__cause__ is not None:
            error = error.__cause__
        if isinstance(error, Exception):
            return error
        # sys.exit() in a thread must not end the process as if the block had asked for it.
        return FailedRun(f"Task run {unseen[0].task_run_name!r}: {in_words(error)}")

    def _call(
        self, functions: list[Callable[..., Any]], member: Member, kind: str
    ) -> Generator[Step, Any, None]:
        """Call the hooks of a member, and record that it is done."""
        for function in functions:
            try:
                yield Call(self.home, function, member.block.public)
            except Exception as error:  # noqa: BLE001 - a user's hook may raise anything
                name = getattr(function, "__name__", repr(function))
                problem = f"{kind} hook {name!r} of {member.name!r} failed: {in_words(error)}"
                if self.logger is None:
                    say(self.home, ERROR, problem)
                else:
                    self.logger.error(problem)  # noqa: TRY400 - the traceback is ours
        member.block.record(done=member.position)

    def _publish(self) -> None:
        """Let whoever asks for a key next find that it has committed."""
        if any(one.kept_key is not None for one in self.tree()):
            self.home.process.flush()

    def keep(self, name: str) -> None:
        """Record a value for whoever has to go on after a crash."""
        if not self.is_recorded:
            return
        try:
            limit = self.home.process.settings.inline_result_bytes
            self.blobs[name] = dump(self.values[name], limit)
        except NotStorable as reason:
            self.blobs.pop(name, None)
            if self.home.once(f"transaction value {name}"):
                why = f"Transaction value {name!r} not kept: {reason}."
                say(self.home, INFO, f"{why} After a crash, hooks would have to do without it.")
        self.record(data=dump(dict(self.blobs)))

    def record(self, *, data: bytes | None = None, done: int | None = None) -> None:
        """Record the state it is in, and what else has changed."""
        if not self.is_recorded:
            return
        process = self.home.process
        parent = self.parent
        around = None if parent is None or parent.owner is not self.owner else parent.number
        process.emit(
            TransactionChanged(
                TRANSACTION_CHANGED, self.home.id, process.now(), self.number, around,
                self.kept_key, str(self.state), data, done,
            )
        )  # fmt: skip

    @property
    def _is_ours(self) -> bool:
        """Tell whether this process has the run, and neither its parent nor one that took it."""
        process = self.home.process
        return not process.is_abandoned and self.home.id not in process.lost

    @property
    def _ends_here(self) -> bool:
        """Tell whether it is still to be ended, and not by another block or process."""
        return self.is_open and self.heir is None and self._is_ours

    @property
    def opened_by(self) -> OpenFlowRun:
        """The flow run whose code opened it."""
        return self.opener or self.home

    def covers(self, flow_run: OpenFlowRun | None) -> bool:
        """Tell whether a flow run is the one that opened it, or nested in that."""
        if self.opened_by.is_session:
            return True
        while flow_run is not None and flow_run is not self.opener:
            flow_run = flow_run.parent
        return flow_run is not None

    def last_heir(self) -> Block:
        """Give whoever has its members by now."""
        found = self
        while found.heir is not None:
            found = found.heir
        return found

    def tree(self) -> Iterator[Block]:
        """Give it and all that it has taken over."""
        yield self
        for child in self.children:
            yield from child.tree()
