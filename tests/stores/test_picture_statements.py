"""How SQLite goes about lists and pictures: by an index, and in the order of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from penstock._ids import format_id, new_id
from penstock.stores import where as build
from penstock.stores import where_counts as counting
from penstock.stores.filters import FlowRunFilter, ParameterWord, StateWord, TaskRunFilter
from penstock.stores.sqlite.dialect import SqliteDialect
from penstock.stores.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUN = format_id(new_id())
WORDS = SqliteDialect.words


@pytest.fixture(scope="module")
def dialect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDialect]:
    folder: Path = tmp_path_factory.mktemp("plans")
    dialect = SqliteDialect(str(folder / "store.db"))
    yield dialect
    dialect.close()


def _plan(dialect: SqliteDialect, text: str) -> str:
    values: list[Any] = [None] * text.count("?")
    with dialect.transaction() as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    return "\n".join(row[3] for row in rows)


def _states(*words: str) -> tuple[StateWord, ...]:
    return tuple(map(StateWord.read, words))


@pytest.mark.parametrize("after", [{}, {"before_id": RUN}, {"after_id": RUN, "oldest_first": True}])
@pytest.mark.parametrize(
    ("where", "index"),
    [
        (FlowRunFilter(), "flow_run_by_kind"),
        (FlowRunFilter(is_nested=False), "flow_run_by_kind"),
        (FlowRunFilter(states=_states("FAILED")), "flow_run_by_state"),
        (FlowRunFilter(states=_states("Failed")), "flow_run_by_state"),
        (FlowRunFilter(states=_states("TimedOut")), "flow_run_by_state"),
        (FlowRunFilter(states=_states("COMPLETED", "FAILED")), "flow_run_by_kind"),
        (FlowRunFilter(states=_states("Own", "FAILED")), "flow_run_by_kind"),
        (FlowRunFilter(not_states=_states("FAILED", "Cached")), "flow_run_by_kind"),
        (FlowRunFilter(flows=("etl",)), "flow_run_by_flow"),
        (FlowRunFilter(flows=("etl",), states=_states("FAILED")), "flow_run_by_flow"),
        (FlowRunFilter(flows=("etl", "report")), "flow_run_by_kind"),
        (FlowRunFilter(flows=("et*",), not_flows=("report",)), "flow_run_by_kind"),
        (FlowRunFilter(tags=("a",), not_tags=("b",)), "flow_run_by_kind"),
        (FlowRunFilter(parameters=(ParameterWord.read("a=1"),)), "flow_run_by_kind"),
        (FlowRunFilter(contains="x"), "flow_run_by_kind"),
        (FlowRunFilter(created_from=1, created_before=2), "flow_run_by_kind"),
        (
            FlowRunFilter(states=_states("FAILED"), tags=("a",), contains="x"),
            "flow_run_by_state",
        ),
    ],
)
def test_a_list_of_flow_runs_comes_out_of_an_index_in_its_order(
    dialect: SqliteDialect, where: FlowRunFilter, index: str, after: dict[str, Any]
) -> None:
    plan = _plan(dialect, build.flow_runs(where._replace(**after), 50, WORDS)[0])

    assert plan.startswith(f"SEARCH flow_run USING INDEX {index} ")
    assert "TEMP B-TREE" not in plan
    assert "SCAN flow_run" not in plan


@pytest.mark.parametrize(
    ("where", "index"),
    [
        (FlowRunFilter(states=_states("RUNNING", "PENDING")), "flow_run_by_state"),
        (FlowRunFilter(states=_states("FAILED", "CRASHED")), "flow_run_by_state"),
        (FlowRunFilter(ids=(RUN, RUN)), "sqlite_autoindex_flow_run_1"),
        (FlowRunFilter(parent_flow_run_id=RUN), "flow_run_by_parent"),
    ],
)
def test_what_few_flow_runs_are_is_looked_up(
    dialect: SqliteDialect, where: FlowRunFilter, index: str
) -> None:
    assert f"USING INDEX {index} " in _plan(dialect, build.flow_runs(where, 50, WORDS)[0])


@pytest.mark.parametrize(
    ("where", "no", "how"),
    [
        (TaskRunFilter(), None, "SCAN task_run"),  # from its end, as far as the page goes
        (TaskRunFilter(states=_states("FAILED")), None, "task_run_not_completed"),
        (TaskRunFilter(states=_states("TimedOut")), None, "task_run_not_completed"),
        (TaskRunFilter(before_id=f"{RUN}-5", tasks=("load",)), None, "INTEGER PRIMARY KEY"),
        (TaskRunFilter(states=_states("FAILED", "Cached")), 1, "INTEGER PRIMARY KEY"),
        (TaskRunFilter(tasks=("load",), newest_first=True), 1, "INTEGER PRIMARY KEY"),
        (TaskRunFilter(not_states=_states("FAILED"), after_index=7), 1, "INTEGER PRIMARY KEY"),
    ],
)
def test_a_list_of_task_runs_is_never_sorted(
    dialect: SqliteDialect, where: TaskRunFilter, no: int | None, how: str
) -> None:
    plan = _plan(dialect, build.task_runs(where, no, 50, WORDS)[0])

    assert how in plan
    assert "TEMP B-TREE" not in plan
    count = _plan(dialect, build.task_run_count(where, no, 50, WORDS)[0])
    assert "SCAN task_run" not in count or (no is None and where == TaskRunFilter())


@pytest.mark.parametrize(
    "name",
    [
        "bars", "some_bars", "nested_bars", "some_nested_bars", "changed_bars", "attempts",
        "count_task_runs", "numbers_of", "flow_versions",
    ],
)  # fmt: skip
def test_no_picture_reads_a_whole_table(dialect: SqliteDialect, name: str) -> None:
    plan = _plan(dialect, load_statements()[name])

    for table in ("task_run", "event", "flow_run"):
        assert f"SCAN {table}" not in plan


def test_what_has_changed_is_found_among_what_is_new(dialect: SqliteDialect) -> None:
    plan = _plan(dialect, load_statements()["changed_bars"])

    assert plan.startswith("SEARCH event USING INTEGER PRIMARY KEY (rowid>?)")


def test_sums_over_one_flow_read_its_runs_only(dialect: SqliteDialect) -> None:
    where = FlowRunFilter(flow_name="etl")
    for text, _ in (
        counting.flow_run_tally(where, WORDS),
        counting.flow_run_span(where, WORDS),
        counting.flow_run_buckets(where, 0, 1, WORDS),
        counting.flow_run_times(where, 50, WORDS),
        counting.flows(where, WORDS),
    ):
        assert "flow_run_by_flow" in _plan(dialect, text)
