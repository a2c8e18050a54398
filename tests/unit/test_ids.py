"""Ids that sort by time, and names people can say."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock._ids import format_id, new_id, parse_id, run_name, split_task_run_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(bytes=new_id())

    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_ids_sort_by_the_time_of_their_making() -> None:
    made = [new_id()[:6] for _ in range(1000)]

    assert made == sorted(made)


@given(st.binary(min_size=16, max_size=16))
def test_what_is_written_can_be_read_back(raw: bytes) -> None:
    assert parse_id(format_id(raw)) == raw
    assert format_id(raw) == str(uuid.UUID(bytes=raw))


@pytest.mark.parametrize("text", ["", "abc", "0" * 31, "0" * 33, "g" * 32])
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"UUID|hex"):
        parse_id(text)


def test_a_task_run_id_is_a_flow_run_id_and_an_index() -> None:
    flow_run = format_id(new_id())

    assert split_task_run_id(f"{flow_run}-17") == (flow_run, 17)


@pytest.mark.parametrize("text", ["17", "abc-17", ""])
def test_what_is_not_a_task_run_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        split_task_run_id(text)


def test_a_run_has_a_name_that_can_be_said_aloud() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+(-[a-z0-9]+)?", run_name()) for _ in range(1000))
