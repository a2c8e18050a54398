"""Parameters of flows: checked, converted, recorded."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from penstock import flow, task
from penstock.errors import ParameterError
from tests.engine.recorded import recorded


class Query(BaseModel):
    limit: int = 10


@flow
def report(day: dt.date, query: Query | None = None, *, n: int = 1) -> Any:
    return day, query, n


def test_parameters_are_converted_to_their_annotations() -> None:
    assert report("2026-01-02", {"limit": "3"}, n="4") == (  # type: ignore[arg-type] # from JSON
        dt.date(2026, 1, 2),
        Query(limit=3),
        4,
    )


def test_parameters_that_do_not_fit_are_refused_before_there_is_a_run() -> None:
    told = r"^flow 'report': parameter 'day' must be date: .*, but got 'soon'\.$"

    with pytest.raises(ParameterError, match=told):
        report("soon")  # type: ignore[arg-type] # that is the mistake

    assert recorded().flows == []


def test_a_call_that_does_not_fit_says_what_the_flow_takes() -> None:
    with pytest.raises(
        ParameterError, match=r"missing a required argument: 'day'\. It takes \(day"
    ):
        report()  # type: ignore[call-arg] # that is the mistake


def test_validation_can_be_switched_off() -> None:
    @flow(validate_parameters=False)
    def loose(n: int) -> Any:
        return n

    assert loose("x") == "x"  # type: ignore[arg-type] # that is the point
    with pytest.raises(ParameterError):
        loose()  # type: ignore[call-arg]


def test_parameters_can_be_checked_without_a_run() -> None:
    assert report.validate_parameters({"day": "2026-01-02"})["day"] == dt.date(2026, 1, 2)
    assert recorded().flows == []


def test_parameters_are_recorded_as_json_with_defaults() -> None:
    report("2026-01-02")  # type: ignore[arg-type]

    parameters = json.loads(recorded().flow.parameters or "")
    assert parameters["n"] == 1
    assert "2026" in parameters["day"]


def test_large_and_odd_parameters_are_recorded_in_short() -> None:
    @flow
    def odd(frame: Any, rows: Any) -> None: ...

    odd(pd.DataFrame({"a": range(100_000)}), list(range(1_000_000)))

    assert len(recorded().flow.parameters or "") < 10_000


def test_arguments_of_every_kind_reach_the_body() -> None:
    @flow
    def every(a: Any, /, b: Any, *rest: Any, c: Any = 3, **more: Any) -> Any:
        return a, b, rest, c, more

    assert every(1, 2, 3, 4, d=5) == (1, 2, (3, 4), 3, {"d": 5})
    assert every(1, b=2, c=4) == (1, 2, (), 4, {})


def test_a_default_is_the_very_object_of_the_signature() -> None:
    marker = object()

    @flow
    def defaults(x: Any = marker) -> bool:
        return x is marker

    assert defaults() is True


def test_a_mutable_argument_without_annotation_is_the_callers_own() -> None:
    @flow
    def changes(rows: Any) -> None:
        rows.append(1)

    rows: list[int] = []
    changes(rows)

    assert rows == [1]


def test_wrong_arguments_of_a_task_are_pythons_own_error() -> None:
    @task
    def needs(n: int) -> None: ...

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'n'"):
        needs()  # type: ignore[call-arg] # that is the mistake
    assert recorded().task_states() == {"needs-0": "Failed"}


def test_a_task_does_not_check_types() -> None:
    @task
    def takes(n: int) -> Any:
        return n

    assert takes("x") == "x"  # type: ignore[arg-type] # that is the point
