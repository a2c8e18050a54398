"""What happened to a flow run, in a sentence, and what to try. Pure.

Facts come in as rows; what explains a failure is looked up elsewhere (details.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from penstock._durations import took
from penstock.states import FINAL, StateType
from penstock.stores.rows import FlowRunRow, StateTally, TaskRunRow

__all__ = ["Blamed", "blamed", "hint_for_flow_run", "hint_for_task_run", "sentence"]

#: How messages of flow runs name the task run that went wrong, and the run it was in.
_BLAMES: Final = re.compile(
    r"(?:Task run|first|because) '([^']*)'(?: of flow run '([^']*)' failed with)?"
)
_ERROR: Final = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)")
_FRAME: Final = re.compile(r'^  File "([^"]+)", line (\d+), in (.+)$', re.MULTILINE)
_LONGEST: Final = 300

#: What to try, by the name of the error.
_HINTS: Final = {
    "ModuleNotFoundError": "install the missing module in the environment that runs the flow",
    "ImportError": "check what is installed in the environment that runs the flow",
    "FileNotFoundError": "check the path; a relative one starts where the flow was started",
    "PermissionError": "check who may read and write that file",
    "MemoryError": "give it less at once, or more memory",
    "ConnectionError": "if it passes by itself, let the task try again: `retries=3`",
    "ConnectionRefusedError": "is the other side up? If it passes by itself: `retries=3`",
    "ConnectionResetError": "if it passes by itself, let the task try again: `retries=3`",
    "TimeoutError": "if it passes by itself, let the task try again: `retries=3`",
    "NotSendable": "hand over what can be pickled, or leave out `isolated=True`",
    "ProcessDied": "look at the last log lines before it; it may have run out of memory",
}


class Blamed(NamedTuple):
    """The task run that a message names."""

    name: str
    flow_run_name: str | None  #: where it says so


def blamed(message: str | None) -> Blamed | None:
    """Find which task run the message of a failed flow run names."""
    found = _BLAMES.search(message or "")
    return None if found is None else Blamed(found[1], found[2])


def sentence(
    row: FlowRunRow,
    seconds: float | None,
    tallies: Sequence[StateTally],
    failure: TaskRunRow | None,
) -> str:
    """Say what happened to a flow run, or is happening.

    Args:
        row: the flow run.
        seconds: how long it took, or has taken so far; None: it has not begun.
        tallies: its task runs by state.
        failure: the task run that explains why it did not complete.
    """
    state = row.state_type
    time = took(seconds)
    if state == StateType.RUNNING:
        again = f" in attempt {row.attempt}" if row.attempt > 1 else ""
        return f"Running{again} for {time}{_progress(tallies)}."
    if state == StateType.COMPLETED:
        return f"Completed in {time or '0 ms'}{_what_ran(tallies)}."
    if state not in FINAL:
        return _open_sentence(row)
    verb = {StateType.FAILED: "Failed", StateType.CRASHED: "Crashed"}.get(
        StateType(state), "Cancelled"
    )
    after = f" after {time}" if time else " before it began"
    why = _why(row, failure)
    return f"{verb}{after} — {why}" if why else f"{verb}{after}."


def hint_for_flow_run(
    row: FlowRunRow, tallies: Sequence[StateTally], failure: TaskRunRow | None
) -> str | None:
    """Say what somebody may try who wants a flow run to complete; None: it has, or may yet."""
    state = row.state_type
    if state == StateType.PAUSED:
        return "Answer what it waits for; it goes on by itself."
    if state not in FINAL or state == StateType.COMPLETED:
        return None
    parts = []
    if failure is not None:
        parts.append(_about_error(failure.message, failure.traceback, failure.state_name))
    elif state == StateType.FAILED:
        parts.append(_about_error(row.message, row.traceback, row.state_name))
    elif state == StateType.CRASHED and "SIGKILL" in (row.message or ""):
        parts.append("The system may have killed it for want of memory: its own log says so.")
    done = sum(tally.count for tally in tallies if tally.state_type == StateType.COMPLETED)
    kept = f" {done:,} that completed {'is' if done == 1 else 'are'} not executed again."
    if row.parent_flow_run_id is None and row.kind == "flow":
        verb = "Retry it" if state == StateType.FAILED else "Resume it"
        what = "task run" if done == 1 else "task runs"
        parts.append(f"{verb}:{kept.replace(' that', f' {what} that')}" if done else f"{verb}.")
    return " ".join(part for part in parts if part) or None


def hint_for_task_run(row: TaskRunRow) -> str | None:
    """Say what somebody may try about a task run that went wrong."""
    if row.state_type == StateType.FAILED:
        if row.state_name == "UpstreamFailed":
            return "It was not executed: look at the task run whose result it was to be given."
        return _about_error(row.message, row.traceback, row.state_name) or None
    if row.state_type == StateType.CRASHED:
        return "Resume its flow run: what had completed is not executed again."
    return None


def _open_sentence(row: FlowRunRow) -> str:
    if row.state_type == StateType.PAUSED:
        return "Waits for a person."
    if row.state_type == StateType.CANCELLING:
        return "Is being cancelled."
    if row.state_name == "AwaitingRetry":
        return f"Failed, and will be tried again — {_cut(row.message)}"
    if row.state_type == StateType.SCHEDULED:
        return "Is late." if row.state_name == "Late" else "Waits for its time."
    return "Has not begun yet."


def _progress(tallies: Sequence[StateTally]) -> str:
    total = sum(tally.count for tally in tallies)
    if not total:
        return ""
    ended = sum(tally.count for tally in tallies if tally.state_type in FINAL)
    return f" — {ended:,} of {total:,} task runs have ended so far"


def _what_ran(tallies: Sequence[StateTally]) -> str:
    total = sum(tally.count for tally in tallies)
    if not total:
        return ""
    kinds = dict.fromkeys(("Cached", "Reused"), 0)
    for tally in tallies:
        if tally.state_name in kinds:
            kinds[tally.state_name] += tally.count
    failed = sum(tally.count for tally in tallies if tally.state_type == StateType.FAILED)
    notes = [f"{count:,} {name.lower()}" for name, count in kinds.items() if count]
    if failed:
        notes.append(f"{failed:,} failed")
    runs = "1 task run" if total == 1 else f"{total:,} task runs"
    return f" — {', '.join([runs, *notes])}"


def _why(row: FlowRunRow, failure: TaskRunRow | None) -> str:
    if row.state_type == StateType.CANCELLED:
        return _cut(row.message).removeprefix("Cancelled ")
    if row.state_type == StateType.CRASHED or failure is None:
        error = _error_of(row.message)
        if row.state_type == StateType.FAILED and error and row.traceback is not None:
            return f"the flow itself raised {_cut(row.message)}"
        return _cut(row.message)
    if failure.state_name == "TimedOut":
        return f"{failure.name} took too long: {_cut(failure.message)}"
    if failure.state_type == StateType.FAILED and _error_of(failure.message):
        return f"{failure.name} raised {_cut(failure.message)}"
    return f"{failure.name} ended {failure.state_name}: {_cut(failure.message)}"


def _about_error(message: str | None, traceback: str | None, state_name: str) -> str:
    """Say what may be done about an error, and where to look."""
    error = (_error_of(message) or "").rpartition(".")[2]
    if state_name == "TimedOut":
        advice = "give it more time (`timeout_seconds=`), or find what it waits for"
    else:
        advice = _HINTS.get(error, "")
    place = _last_frame(traceback)
    if place and advice:
        text = f"{advice}; see {place}"
    elif place:
        text = f"see {place}"
    else:
        text = advice
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _error_of(message: str | None) -> str | None:
    """Give the name of the error that a message begins with."""
    found = _ERROR.match(message or "")
    return None if found is None else found[1]


def _last_frame(traceback: str | None) -> str | None:
    """Name the innermost line of a traceback."""
    found = _FRAME.findall(traceback or "")
    if not found:
        return None
    file, line, function = found[-1]
    short = file.replace("\\", "/").rpartition("/")[2]
    return f"line {line} of {short}, in {function}"


def _cut(text: str | None) -> str:
    """Give the first line of a text, if need be shortened."""
    line = (text or "").strip().split("\n", 1)[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
