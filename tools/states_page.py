"""Draws docs/states.md from the transition table: `python tools/states_page.py`."""

from __future__ import annotations

from pathlib import Path

from penstock.states import FINAL, TRANSITIONS, StateType

PAGE = Path(__file__).parent.parent / "docs" / "states.md"

_MEANINGS = {
    StateType.SCHEDULED: "known, waiting for its time; `AwaitingRetry` after a failed attempt",
    StateType.PENDING: "submitted, waiting for its upstreams or for a place in the runner",
    StateType.RUNNING: "its code is executing; `Retrying` from the second attempt on",
    StateType.PAUSED: "waits for a person",
    StateType.CANCELLING: "asked to stop, not stopped yet",
    StateType.COMPLETED: "ended well; `Cached` when its value was reused",
    StateType.FAILED: "ended with an error; `TimedOut`, or `UpstreamFailed` when it never started",
    StateType.CRASHED: "its process died",
    StateType.CANCELLED: "stopped because somebody asked for it",
}


def render() -> str:
    """Write the page."""
    lines = [
        "# States",
        "",
        "Made by `python tools/states_page.py` from `src/penstock/states.py`.",
        "",
        "A state has a type, which the engine decides by, and a name, which people read.",
        "",
        "| type | meaning |",
        "|---|---|",
        *(f"| `{state}` | {_MEANINGS[state]} |" for state in StateType),
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> SCHEDULED",
        "    [*] --> PENDING",
        "    [*] --> RUNNING",
        *(
            f"    {before} --> {after}"
            for before in StateType
            for after in StateType
            if after in TRANSITIONS[before]
        ),
        *(f"    {state} --> [*]" for state in StateType if state in FINAL),
        "```",
        "",
        "A final state is left only by a recorded action of a person that begins a new attempt.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
