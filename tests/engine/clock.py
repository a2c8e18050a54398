"""Opens the engine's belongings on another clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock._engine import process as processes
from penstock.settings import load_settings

if TYPE_CHECKING:
    from penstock._clock import Clock


def open_process(clock: Clock) -> processes.Process:
    """Open the engine's belongings anew, with this clock."""
    processes.close_process()
    processes._process = processes.Process(load_settings(), clock)
    return processes._process
