"""Scripts written for Prefect run unchanged."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.compat.conftest import RUN_SCRIPT, SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compat.conftest import RunPython

#: What each script prints, its logs aside.
EXPECTED = {
    "orders": ["RESULT 3 2 True"],
    "stations": [
        "RESULT ((10.5, 1), (True, 1.5, True, 'Failed'), ([3.0, 6.0], 0))",
        "NAMES parent broken 3.0 3",
    ],
    "reports": ["RESULT True 36 True", "ASYNC 4"],
    "weather": ["RESULT ['LIMA+OSLO+ROME+BERN', 'KIEV+OSLO+ROME+BERN']"],
    "names": [
        "RESULT ('daily-seven', 'step-1', 'other-seven', 1)",
        "RESULT ('north-20240506', ['a', 'b'])",
        "VERSION True",
    ],
    "hooks": [
        "RESULT Completed('all are small')",
        "RESULT at least one is too large",
        "RAISED no disk",
        "NO RUN",
        (
            "SEEN [('check', 'Completed'), ('checks', 'COMPLETED'), ('check', 'Completed'), "
            "('check', 'Failed'), ('checks', 'FAILED'), 'no disk']"
        ),
    ],
    "transactions": [
        "RAISED too short",
        "UNDONE False True",
        "DONE ['hello.txt'] True",
        "AGAIN already there",
    ],
    "corners": ["RESULT (False, False, True) right"],
    "suite": ["RESULT False"],
    "approval": ["RESULT ('load 3 rows of 2024-05-06', None)"],
}


@pytest.mark.parametrize("script", EXPECTED)
def test_script_runs_unchanged(script: str, run_python: RunPython) -> None:
    result = run_python(RUN_SCRIPT, SCRIPTS / f"{script}.py", SHOP_PASSWORD="x")

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == EXPECTED[script]


def test_cached_tasks_run_as_often_as_their_policies_say(run_python: RunPython) -> None:
    result = run_python(RUN_SCRIPT, SCRIPTS / "caching.py")

    assert result.returncode == 0, result.stderr
    calls = Counter(line.split()[1] for line in result.stdout.splitlines() if "CALLED" in line)
    assert calls == {"slow": 1, "never": 4, "once": 2, "daily": 1, "fresh": 4}
    assert "RESULT ([(2, 2), (1, 1), (1, 1)], 1, 1, 1, 1)" in result.stdout


def test_runs_of_a_script_are_in_the_store(run_python: RunPython, home: Path) -> None:
    run_python(RUN_SCRIPT, SCRIPTS / "orders.py", SHOP_PASSWORD="x")

    with sqlite3.connect(home / "penstock.db") as database:
        found = database.execute("SELECT name FROM task_run ORDER BY id").fetchall()
    assert [name.rpartition("-")[0] for (name,) in found] == ["Fetch orders", "add_tax", "load"]


def test_harness_leaves_nothing_in_the_store_outside(run_python: RunPython, home: Path) -> None:
    run_python(RUN_SCRIPT, SCRIPTS / "suite.py")

    with sqlite3.connect(home / "penstock.db") as database:
        [(count,)] = database.execute("SELECT count(*) FROM task_run").fetchall()
    assert count == 1


def test_script_that_uses_what_is_missing_fails_there_and_names_it(run_python: RunPython) -> None:
    result = run_python(RUN_SCRIPT, SCRIPTS / "secret.py")

    last = result.stderr.splitlines()[-1]
    assert result.returncode == 1
    assert "Penstock does not have prefect.blocks.system.Secret yet (used as Secret.load)." in last


def test_variables_of_prefect_do_no_harm(run_python: RunPython) -> None:
    result = run_python(
        RUN_SCRIPT,
        SCRIPTS / "weather.py",
        PREFECT_API_URL="http://127.0.0.1:9/api",
        PREFECT_API_KEY="nothing",
        PREFECT_LOGGING_LEVEL="DEBUG",
        PREFECT_LOGGING_EXTRA_LOGGERS="shop,bank",
        PREFECT_HOME="/nowhere",
    )

    assert result.returncode == 0, result.stderr
    assert "asked for oslo" in result.stderr
