"""A stop is raised in the code that it is meant for, and not in what comes after that."""

from __future__ import annotations

import os
import threading

import pytest

from penstock._engine.interrupt import guarded, interrupt_main
from penstock.errors import Stopped

if os.name != "posix":
    pytest.skip("nothing wakes the main thread here", allow_module_level=True)


def wait() -> None:
    """Be somewhere where a signal is heard."""
    threading.Event().wait(0.1)


def test_a_stop_wakes_the_main_thread() -> None:
    with guarded(Stopped(), lambda _: None):
        assert interrupt_main(Stopped("in time"), lambda: True)

        with pytest.raises(Stopped, match="in time"):
            wait()


def test_a_stop_that_comes_when_the_body_has_ended_is_dropped() -> None:
    asked = []

    def is_meant() -> bool:
        asked.append(True)
        return False

    with guarded(Stopped(), lambda _: None):
        assert interrupt_main(Stopped("too late"), is_meant)
        wait()
        wait()

    assert asked == [True]
