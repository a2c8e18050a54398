"""The text of statements: every one compiles, and no list reads a whole table."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from penstock._ids import format_id, new_id
from penstock.stores import where as build
from penstock.stores.filters import ArtifactFilter, FlowRunFilter, LogFilter, TaskRunFilter
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.stores.statements import (
    LARGE_FROM_ROWS,
    ORDINARY_ROWS,
    ROW_COUNTS,
    load_statements,
    repeat,
)
from penstock.stores.where_logs import Lines, log_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = format_id(new_id())
WORDS = SqliteDialect.words

#: What reads everything because it is asked about everything.
WHOLE = {"count_rows", "next_no", "deleted_flow_run"}


@pytest.fixture(scope="module")
def dialect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDialect]:
    folder: Path = tmp_path_factory.mktemp("plans")
    dialect = SqliteDialect(str(folder / "store.db"))
    yield dialect
    dialect.close()


def _plan(dialect: SqliteDialect, text: str) -> list[str]:
    values: list[Any] = [None] * text.count("?")
    with dialect.transaction() as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]


def _scans(plan: list[str]) -> list[str]:
    """Name the tables that are read from end to end, in a plan of SQLite's."""
    return [
        line
        for line in plan
        if re.match(
            r"SCAN (flow_run|task_run|log|event|artifact|cache_entry|process|above|nested)\b", line
        )
    ]


@pytest.mark.parametrize("name", load_statements())
def test_a_named_statement_compiles_and_reads_no_whole_table(
    dialect: SqliteDialect, name: str
) -> None:
    plan = _plan(dialect, load_statements()[name])

    if name not in WHOLE and not name.startswith("check_"):
        assert _scans(plan) == []


@pytest.mark.parametrize(
    "where",
    [
        FlowRunFilter(),
        FlowRunFilter(before_id=RUN),
        FlowRunFilter(flow_name="etl"),
        FlowRunFilter(flow_name="etl", before_id=RUN),
        FlowRunFilter(state_types=("RUNNING",)),
        FlowRunFilter(state_types=("RUNNING", "PENDING")),
        FlowRunFilter(owner="a", sessions=True, state_types=("RUNNING", "PENDING")),
        FlowRunFilter(parent_flow_run_id=RUN),
        FlowRunFilter(name_contains="x"),
        FlowRunFilter(tags=("x",)),
    ],
)
def test_a_list_of_flow_runs_reads_no_whole_table(
    dialect: SqliteDialect, where: FlowRunFilter
) -> None:
    assert _scans(_plan(dialect, build.flow_runs(where, 50, WORDS)[0])) == []


@pytest.mark.parametrize(
    ("where", "no"),
    [
        (TaskRunFilter(), 1),
        (TaskRunFilter(after_index=5), 1),
        (TaskRunFilter(state_types=("FAILED",)), 1),
        (TaskRunFilter(name_contains="x", newest_first=True), 1),
        (TaskRunFilter(before_id=f"{RUN}-5"), None),
        (TaskRunFilter(state_types=("FAILED",)), None),
        (TaskRunFilter(state_types=("FAILED", "CRASHED")), None),
    ],
)
def test_a_list_of_task_runs_reads_no_whole_table(
    dialect: SqliteDialect, where: TaskRunFilter, no: int | None
) -> None:
    assert _scans(_plan(dialect, build.task_runs(where, no, 50, WORDS)[0])) == []


@pytest.mark.parametrize(
    ("where", "nos"),
    [
        (LogFilter(), [1]),
        (LogFilter(), [1, 2, 3]),
        (LogFilter(after_id=7, contains=("x",)), [1]),
        (LogFilter(after_id=7), None),
        (LogFilter(index=3), [1]),
    ],
)
def test_a_list_of_log_lines_reads_no_whole_table(
    dialect: SqliteDialect, where: LogFilter, nos: list[int] | None
) -> None:
    plan = _plan(dialect, log_ids(where, nos, (50, 0), WORDS, Lines())[0])

    assert _scans(plan) == []
    if nos is None or len(nos) == 1:
        assert not [line for line in plan if "TEMP B-TREE" in line]


@pytest.mark.parametrize(
    ("where", "nos"),
    [
        (ArtifactFilter(), [1]),
        (ArtifactFilter(), [1, 2, 3]),
        (ArtifactFilter(index=3, contains="x"), [1]),
        (ArtifactFilter(key="k"), None),
        (ArtifactFilter(before_id=RUN), None),
    ],
)
def test_a_list_of_artifacts_reads_no_whole_table(
    dialect: SqliteDialect, where: ArtifactFilter, nos: list[int] | None
) -> None:
    assert _scans(_plan(dialect, build.artifacts(where, nos, 50, WORDS)[0])) == []


def test_warnings_of_a_run_are_found_without_reading_its_other_lines(
    dialect: SqliteDialect,
) -> None:
    for level, index in ((20, "log_by_flow_run"), (30, "log_by_warning"), (40, "log_by_warning")):
        where = LogFilter(level_from=level, newest_first=True)
        plan = _plan(dialect, log_ids(where, [1], (50, 0), WORDS, Lines())[0])
        assert plan == [f"SEARCH log USING INDEX {index} (flow_run=?)"]


def test_task_runs_with_a_name_are_looked_up_once_for_all_lines(dialect: SqliteDialect) -> None:
    where = LogFilter(task_names=("load", "clean"))
    for nos in ([1], [1, 2], list(range(1_000))):
        plan = _plan(dialect, log_ids(where, nos, (50, 0), WORDS, Lines())[0])
        assert not [line for line in plan if "CORRELATED" in line]
        assert _scans(plan) == []


def test_lists_without_a_filter_stop_at_their_limit(dialect: SqliteDialect) -> None:
    for text, _ in (
        build.task_runs(TaskRunFilter(), None, 50, WORDS),
        log_ids(LogFilter(), None, (50, 0), WORDS, Lines()),
        build.flow_runs(FlowRunFilter(sessions=True), 50, WORDS),
        build.artifacts(ArtifactFilter(), None, 50, WORDS),
    ):
        assert not [line for line in _plan(dialect, text) if "TEMP B-TREE" in line]


def test_a_statement_is_repeated_over_its_last_parenthesis() -> None:
    statements = load_statements()
    for name in ("insert_task_runs", "update_task_runs", "insert_events", "flow_facts"):
        one = statements[name].count("?")
        for rows in (1, 2, 16):
            assert repeat(statements[name], rows).count("?") == one * rows


def test_any_number_of_rows_is_cut_into_few_statements() -> None:
    assert ROW_COUNTS[-1] == 1
    assert all(big == 4 * small for big, small in pairwise(ROW_COUNTS))
    assert ORDINARY_ROWS in ROW_COUNTS
    assert max(ROW_COUNTS) <= LARGE_FROM_ROWS
