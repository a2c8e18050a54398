"""A failure is never reported as success, whatever is done with the future."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from penstock.stores import open_store
from penstock.stores.filters import FlowRunFilter
from tests.engine.scripts import run_script

if TYPE_CHECKING:
    from pathlib import Path

#: What a flow does with the run of a task that fails: `start()` submits or maps it.
WAYS = {
    "never_waited": """
        start()
    """,
    "waited": """
        for future in start():
            future.wait()
    """,
    "as_completed": """
        for future in as_completed(start()):
            assert future.done()
    """,
    "wait_for": """
        after.submit(wait_for=start())
    """,
    "returned": """
        return start()
    """,
    "returned_beside_a_value": """
        return {"rows": 3, "futures": start()}
    """,
}
STARTS = {
    "submit": "[good.submit(1), bad.submit(2), good.submit(3)]",
    "map": "bad.map([1, 2, 3])",
}
RUNNERS = {
    "threads": "ThreadPoolTaskRunner(max_workers=3)",
    "sequential": "SequentialTaskRunner()",
}

SCRIPT = """
from penstock import as_completed, flow, task
from penstock.task_runners import SequentialTaskRunner, ThreadPoolTaskRunner

@task
def good(n):
    return n

@task
def bad(n):
    if n == 2:
        raise ValueError("no such column: price")
    return n

@task
def after():
    return "after"

def start():
    return {start}

@flow(task_runner={runner})
def report():
{body}

report()
"""


def script(way: str, start: str, runner: str) -> str:
    body = "\n".join(line[4:] for line in WAYS[way].strip("\n").splitlines())
    return SCRIPT.format(start=STARTS[start], runner=RUNNERS[runner], body=body)


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_fails_fails_its_flow_and_the_process(
    way: str, start: str, runner: str, tmp_path: Path, home: Path
) -> None:
    ran = run_script(tmp_path, script(way, start, runner))

    assert ran.code == 1, ran.err
    assert "bad-1" in ran.last_line
    assert "ValueError: no such column: price" in ran.last_line
    assert ".wait()" not in ran.err.replace("future.wait()", "")
    store = open_store(f"sqlite:///{home}/penstock.db")
    (row,) = store.find_flow_runs(FlowRunFilter(), limit=10)
    store.close()
    assert row.state_type == "FAILED"
    assert "bad-1" in (row.message or "")
    assert "no such column: price" in (row.message or "")


PRELUDE = """
from penstock import allow_failure, flow, task

@task
def bad():
    raise ValueError("no")

@task
def take(value):
    return repr(value)
"""


@pytest.mark.parametrize(
    "body",
    [
        "print(take(allow_failure(bad.submit())))",
        "print(take.submit(allow_failure(bad.submit())).result())",
        "print(bad.submit().result(raise_on_failure=False))",
        "future = bad.submit(); future.wait(); print(future.state.name)",
        "print(bad(return_state=True).name)",
        "print(bad.submit(return_state=True).name)",
    ],
)
def test_a_failure_that_somebody_looked_at_is_theirs_to_judge(body: str, tmp_path: Path) -> None:
    ran = run_script(tmp_path, f"{PRELUDE}\n@flow\ndef f():\n    {body}\nf()\n")

    assert ran.code == 0, ran.err
    assert ran.out.strip()


def test_a_failure_that_was_caught_downstream_is_theirs_to_judge(tmp_path: Path) -> None:
    """The error of the task that could not start carries that of its upstream."""
    text = f"""{PRELUDE}
@flow
def f():
    broken = bad.submit()
    try:
        take(broken)
    except Exception as error:
        print(error)
f()
"""

    ran = run_script(tmp_path, text)

    assert ran.code == 0, ran.err
    assert "did not run, because 'bad-0' failed (ValueError: no)" in ran.out


def test_a_task_submitted_outside_of_a_flow_ends_before_the_process(tmp_path: Path) -> None:
    text = """
import threading
from penstock import task

@task
def slow():
    threading.Event().wait(0.3)
    print("done")

slow.submit()
"""

    ran = run_script(tmp_path, text)

    assert (ran.code, ran.out) == (0, "done\n"), ran.err


def test_a_failure_outside_of_a_flow_that_nobody_looked_at_is_told(tmp_path: Path) -> None:
    ran = run_script(tmp_path, f"{PRELUDE}\nbad.submit()\n")

    assert "bad-0" in ran.err
    assert "ValueError: no" in ran.err


def test_the_first_of_many_failures_is_named_and_the_rest_counted(tmp_path: Path) -> None:
    text = f"{PRELUDE}\n@flow\ndef f():\n    [bad.submit() for _ in range(3)]\nf()\n"

    ran = run_script(tmp_path, text)

    assert ran.code == 1
    assert "3 task runs failed, first 'bad-" in ran.err


def test_exit_codes_of_a_body_are_kept(tmp_path: Path) -> None:
    codes = [
        run_script(
            tmp_path,
            f"import sys\nfrom penstock import flow\n@flow\ndef f(): sys.exit({code})\nf()\n",
        ).code
        for code in (0, 3)
    ]

    assert codes == [0, 3]


@pytest.mark.parametrize("code", [0, 3])
def test_a_submitted_task_that_exits_fails_the_flow(code: int, tmp_path: Path) -> None:
    text = f"""
import sys
from penstock import flow, task

@task
def leave():
    sys.exit({code})

@flow
def f():
    leave.submit()
f()
"""

    ran = run_script(tmp_path, text)

    assert ran.code not in {0, None}, ran.err
    assert "leave-0" in ran.err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a single process")
def test_one_ctrl_c_ends_a_flow_that_waits_as_cancelled(tmp_path: Path, home: Path) -> None:
    text = """
import os, signal, threading
from penstock import flow, task

@task
def hang(n):
    if n == 0:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    threading.Event().wait(20)

@flow
def f():
    hang.map([0, 1, 2]).wait()
f()
"""

    ran = run_script(tmp_path, text)

    assert ran.code != 0
    store = open_store(f"sqlite:///{home}/penstock.db")
    (row,) = store.find_flow_runs(FlowRunFilter(), limit=10)
    store.close()
    assert row.state_type == "CANCELLED"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("end", ["sys.exit(0)", "raise ValueError('in the child')"])
def test_a_forked_child_does_not_wait_for_locks_of_its_parents_threads(
    end: str, tmp_path: Path
) -> None:
    text = f"""
import os, signal, sys, threading
from penstock import flow, futures, task
from penstock._engine.process import get_process
from penstock._engine.runs import GRAPH
from penstock.task_runners import ThreadPoolTaskRunner

@task
def step(n):
    return n

held, go = threading.Event(), threading.Event()

def hold(runner):
    with runner._lock, GRAPH._lock, futures._changing:
        held.set()
        go.wait()

@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def etl():
    future = step.submit(1)
    future.wait()
    run = next(iter(get_process().open_runs))
    threading.Thread(target=hold, args=(run.runner,)).start()
    held.wait()
    pid = os.fork()
    if pid == 0:
        signal.alarm(15)
        assert nested() == 3
        {end}
    go.set()
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

@flow
def nested():
    return step.submit(step.submit(3)).result()

etl()
"""

    ran = run_script(tmp_path, text, "-W", "ignore::DeprecationWarning")

    assert ran.out.split() == ["0" if "exit" in end else "1"], ran.err
