"""What all the others are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Answer",
    "Model",
    "Order",
    "Page",
    "Problem",
    "Question",
    "StateCount",
    "Wrong",
    "instant",
    "moment",
]

Item = TypeVar("Item")


class Model(BaseModel):
    """What the server says."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


class Question(BaseModel):
    """What the server is told: a field it does not know is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Model):
    """That something was done."""

    message: str = Field(description="What was done, in a sentence.")


class Page(Model, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Give it as `cursor` for the next page; null: last."
    )
    total: int = Field(description="How many match in all; counting stops at 10,001.")
    total_is_exact: bool = Field(description="False: at least so many.")


class StateCount(Model):
    """How many runs are in a state."""

    state_type: str
    state_name: str
    count: int


class Wrong(Model):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="JSON pointer to the field: `/query/limit`, `/body/name`.")
    message: str


class Problem(Model):
    """What went wrong (RFC 9457)."""

    type: str = Field(
        description="A word for programs: `not_found`, `invalid`, `illegal_transition`."
    )
    title: str
    status: int
    detail: str = Field(description="What happened, with names and ids, and what to do.")
    errors: list[Wrong] = Field(default_factory=list)


class Order(StrEnum):
    """Which come first."""

    NEWEST = "newest"
    OLDEST = "oldest"


@overload
def instant(at: int) -> datetime: ...


@overload
def instant(at: int | None) -> datetime | None: ...


def instant(at: int | None) -> datetime | None:
    """Give an instant of the store, in microseconds, as an aware datetime."""
    return None if at is None else moment(at)


def moment(at: int) -> datetime:
    """Give an instant that has happened."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
