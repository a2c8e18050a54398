"""Calls that do something to flow runs, and saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, Unpack, get_origin

from penstock._schemas.actions import BulkResult, Outcome, Reuse, View
from penstock._schemas.common import Answer
from penstock._schemas.queries import FlowRunSelection
from penstock.client._asking import get, path, plain, post, remove
from penstock.client._calls import call
from penstock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.client._steps import Exchange
    from penstock.client._words import FlowRunWords

__all__ = ["ActionCalls"]

#: Nothing was given; None is something.
UNSET: Final[Any] = object()

#: The words of which there may be several.
_LISTS: Final = frozenset(
    word
    for word, field in FlowRunSelection.model_fields.items()
    if get_origin(field.annotation) is list
)

Action: TypeAlias = Literal["cancel", "retry", "resume", "delete"]


class ActionCalls:
    """What can be done to flow runs. None of it is asked for twice by itself."""

    @call
    def cancel_flow_run(self, flow_run_id: str) -> Exchange[Outcome]:
        """Ask the process of a flow run to stop it; `done` is false when it had ended before.

        Example:
            if client.cancel_flow_run(run.id).done:
                run = client.wait_for_flow_run(run.id)
        """
        return post(path("flow-runs", flow_run_id, "cancel"), Outcome)

    @call
    def retry_flow_run(self, flow_run_id: str, *, rerun: Sequence[str] = ()) -> Exchange[Outcome]:
        """Try a flow run again, in a process of its own on the server's machine.

        What has completed is not executed again; `get_reuse` says beforehand what that is.

        Args:
            flow_run_id: the run.
            rerun: names of tasks to execute all the same, with what depends on them.

        Raises:
            Conflict: there is nothing to go on with, or a living process has it.
        """
        return post(path("flow-runs", flow_run_id, "retry"), Outcome, {"rerun": list(rerun)})

    @call
    def resume_flow_run(
        self,
        flow_run_id: str,
        *,
        rerun: Sequence[str] = (),
        input: Any = UNSET,  # noqa: A002 - the word of the API
        key: str | None = None,
    ) -> Exchange[Outcome]:
        """Go on with a flow run that crashed, was cancelled, or waits for a person.

        Args:
            flow_run_id: the run.
            rerun: names of tasks to execute again, with what depends on them.
            input: what a paused run is given, as the form in its `pause` asks: fields, or a value.
            key: which pause is meant, where there are several.

        Raises:
            InvalidRequest: the input is not what the run asks for.
            Conflict: it waits for none, or there is nothing to go on with.
        """
        body: dict[str, Any] = {"rerun": list(rerun)}
        # What is not said is left out: None is an answer, too.
        if input is not UNSET:
            body["input"] = input
        if key is not None:
            body["key"] = key
        return post(path("flow-runs", flow_run_id, "resume"), Outcome, body)

    @call
    def delete_flow_run(self, flow_run_id: str) -> Exchange[Outcome]:
        """Delete a flow run with all that belongs to it.

        Raises:
            Conflict: it has not ended.
        """
        return remove(path("flow-runs", flow_run_id), Outcome)

    @call
    def get_reuse(
        self,
        flow_run_id: str,
        action: Literal["retry", "resume"] = "retry",
        *,
        rerun: Sequence[str] = (),
    ) -> Exchange[Reuse]:
        """Say what going on with a flow run would do: whose values are handed back.

        Example:
            plan = client.get_reuse(run.id, rerun=["clean"])
            print(plan.reused, "values are reused,", plan.again, "tasks execute again")
        """
        words = {"action": action, "rerun": list(rerun)}
        return get(path("flow-runs", flow_run_id, "reuse"), Reuse, words)

    @call
    def act_on_flow_runs(
        self, action: Action, ids: Sequence[str] | None = None, **which: Unpack[FlowRunWords]
    ) -> Exchange[BulkResult]:
        """Do the same to many flow runs: those named, or all that match.

        Example:
            done = client.act_on_flow_runs("retry", flow="etl", state="CRASHED")
            print(done.done, [one.message for one in done.outcomes if not one.done])

        Raises:
            UsageError: neither is said.
            InvalidRequest: both are, or more than 10,000 match.
        """
        if ids is None and not which:
            raise UsageError(
                "act_on_flow_runs: say which runs: ids=[…], or words as flow=, state=, since=. "
                'All of them are flow="*".'
            )
        where = {
            word: [value] if word in _LISTS and isinstance(value, str) else value
            for word, value in plain(which).items()
        }
        body = {"action": action, "ids": None if ids is None else list(ids), "where": where or None}
        return post("/flow-runs/bulk", BulkResult, body)

    @call
    def find_views(self) -> Exchange[list[View]]:
        """Give the saved views of the runs page."""
        return get("/views", list[View])

    @call
    def save_view(self, name: str, query: str) -> Exchange[View]:
        """Keep a search of the runs page under a name; one of that name is replaced."""
        return post("/views", View, {"name": name, "query": query})

    @call
    def delete_view(self, view_id: int) -> Exchange[Answer]:
        """Forget a saved view."""
        return remove(path("views", view_id), Answer)
