"""Keeps what tasks return: in the store when small, in a file when asked for.

Keeping is for resuming and for reading later; a run never fails because of it.
What cannot be kept still flows in memory, and one line says what that means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._engine.report import INFO, WARNING, say
from penstock.results import NotStorable, TooLarge, dump, write_file

if TYPE_CHECKING:
    from penstock._engine.runs import OpenFlowRun, TaskRun

__all__ = ["keep", "keep_in_file"]


def keep(run: TaskRun, value: object) -> tuple[bytes | None, str | None]:
    """Keep the value of a task run. Gives its bytes, or the file it is in, or neither."""
    flow_run = run.flow_run
    spec = run.spec
    persist = spec.persist
    if persist is None:
        persist = flow_run.spec.persist or flow_run.process.settings.persist_results
    if persist or spec.storage_key is not None:
        return None, keep_in_file(run, value)
    settings = flow_run.process.settings
    if flow_run.remembered_bytes > settings.remember_bytes:
        _say_full(flow_run, run)
        return None, None
    try:
        blob = dump(value, settings.inline_result_bytes)
    except NotStorable as reason:
        _say_not_kept(run, reason)
        return None, None
    flow_run.remembered_bytes += len(blob)
    return blob, None


def keep_in_file(run: TaskRun, value: object) -> str | None:
    """Write a value to its file in the results folder. Gives the path, or None."""
    spec = run.spec
    name = f"{run.flow_run.text_id}/{run.index}"
    path = spec.storage_key or name
    try:
        if spec.storage_key is not None:
            name = _fill(spec.storage_key, run)
        path = run.flow_run.process.settings.path("results", *name.split("/"))
        write_file(path, spec.serializer.dumps(value))
    except NotStorable as reason:
        _say_not_kept(run, reason)
        return None
    except Exception as error:  # noqa: BLE001 - a user's serializer may raise anything
        say(
            run, WARNING, f"The result was not written to {path} ({type(error).__name__}: {error})."
        )
        return None
    return path


def _fill(template: str, run: TaskRun) -> str:
    """Fill a storage key such as `report-{parameters[day]}`; no part may climb out."""
    text = template.format(
        parameters=run.parameters, flow_run=run.flow_run.view(), task_run=run.view()
    )
    parts = [part for part in text.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "/".join(parts) or "result"


def _say_not_kept(run: TaskRun, reason: NotStorable) -> None:
    if not run.flow_run.once(f"not kept {run.spec.key}"):
        return
    cure = " persist_result=True keeps it in a file." if isinstance(reason, TooLarge) else ""
    say(
        run,
        INFO,
        f"Result of task {run.spec.name!r} not kept: {reason}. "
        f"The run goes on with it; a resumed run would execute the task again.{cure}",
    )


def _say_full(flow_run: OpenFlowRun, run: TaskRun) -> None:
    if flow_run.once("remembered enough"):
        limit = flow_run.process.settings.remember_bytes
        say(
            run,
            INFO,
            f"This run has left {limit:,} bytes of results in the store; later ones are not kept "
            "(setting PENSTOCK_REMEMBER_BYTES). A resumed run would execute those tasks again.",
        )
