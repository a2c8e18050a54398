"""Builds the statements that count flow runs and sum them up: all that fit, not a page.

As in where.py, whose terms these are, values are always bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from penstock.stores.where import flow_terms

if TYPE_CHECKING:
    from penstock.stores.filters import FlowRunFilter
    from penstock.stores.where import Query, Words

__all__ = [
    "flow_run_buckets",
    "flow_run_count",
    "flow_run_middle",
    "flow_run_span",
    "flow_run_tally",
    "flow_run_timed",
    "flow_run_times",
    "flows",
]

_HAS_TIME: Final = "flow_run.ended IS NOT NULL AND flow_run.started IS NOT NULL"


def flow_run_count(where: FlowRunFilter, at_most: int, words: Words) -> Query:
    """Build the statement that counts flow runs, up to a number."""
    wanted = flow_terms(where, words)
    text = f"SELECT count(*) FROM (SELECT 1 FROM flow_run {wanted} LIMIT ?) AS found"
    return text, [*wanted.values, at_most]


def flow_run_tally(where: FlowRunFilter, words: Words) -> Query:
    """Build the statement that counts flow runs by state."""
    wanted = flow_terms(where, words)
    text = f"""SELECT flow_run.state_type, flow_run.state_name, count(*)
FROM flow_run {wanted} GROUP BY 1, 2"""
    return text, wanted.values


def flow_run_span(where: FlowRunFilter, words: Words) -> Query:
    """Build the statement that tells when the first and the last of flow runs was created."""
    wanted = flow_terms(where, words)
    text = f"SELECT min(created), max(created) FROM flow_run {wanted}"
    return text, wanted.values


def flow_run_buckets(where: FlowRunFilter, start: int, width: int, words: Words) -> Query:
    """Build the statement that counts flow runs by when they were created, and by state."""
    wanted = flow_terms(where, words)
    text = f"""SELECT (flow_run.created - ?) / ?, flow_run.state_type, count(*)
FROM flow_run {wanted} GROUP BY 1, 2 ORDER BY 1, 2"""
    return text, [start, width, *wanted.values]


def flow_run_times(where: FlowRunFilter, limit: int, words: Words) -> Query:
    """Build the list of how long flow runs took, newest first."""
    wanted = flow_terms(where, words)
    wanted.add(_HAS_TIME)
    text = f"""SELECT flow_run.ended - flow_run.started
FROM flow_run {wanted} ORDER BY flow_run.id DESC LIMIT ?"""
    return text, [*wanted.values, limit]


def flow_run_timed(where: FlowRunFilter, words: Words) -> Query:
    """Build the statement that counts the flow runs of which it is known how long they took."""
    wanted = flow_terms(where, words)
    wanted.add(_HAS_TIME)
    text = f"SELECT count(*) FROM flow_run {wanted}"
    return text, wanted.values


def flow_run_middle(where: FlowRunFilter, before: int, count: int, words: Words) -> Query:
    """Build the list of the times that stand in the middle, with so many before them."""
    wanted = flow_terms(where, words)
    wanted.add(_HAS_TIME)
    text = f"""SELECT flow_run.ended - flow_run.started
FROM flow_run {wanted} ORDER BY 1 LIMIT ? OFFSET ?"""
    return text, [*wanted.values, count, before]


def flows(where: FlowRunFilter, words: Words) -> Query:
    """Build the list of flows, by state of their runs, each with its newest run's id."""
    wanted = flow_terms(where, words)
    text = f"""SELECT flow_run.flow_name, flow_run.state_type, flow_run.state_name, count(*),
    max(flow_run.id)
FROM flow_run {wanted} GROUP BY 1, 2, 3"""
    return text, wanted.values
