"""Tables: data frames, and what else has rows and columns."""

from __future__ import annotations

from typing import Any, Final

from penstock.artifacts._drafts import MOST_BYTES, ArtifactId, check_key, get_run, keep
from penstock.artifacts._frames import read_frame
from penstock.artifacts._summaries import summarise
from penstock.artifacts._values import as_json, dump_json
from penstock.errors import UsageError

__all__ = ["create_table_artifact", "save_table"]

#: Rows that are kept, cells that are kept, and columns there may be.
_MOST_ROWS: Final = 10_000
_MOST_CELLS: Final = 1_000_000
_MOST_COLUMNS: Final = 1_000


def save_table(data: Any, key: str | None = None, description: str | None = None) -> ArtifactId:
    """Save a table, with a summary of each column.

    The first 10,000 rows are kept (fewer of a very wide table); how many there are is
    told, and the summaries are of all.

    Example:
        save_table(df, key="scores")

    Args:
        data: a data frame or series of pandas or polars, an array of numpy, a list of
            dicts (or of tuples or values), or a dict of lists.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
        UsageError: it is no table, or has more than 1,000 columns.
    """
    return _save("save_table", data, key, description)


def create_table_artifact(
    table: Any, key: str | None = None, description: str | None = None
) -> ArtifactId:
    """Save a table, as `save_table` does.

    Args:
        table: whatever `save_table` takes.
        key: under it the newest artifact is found; lower-case letters, digits, hyphens.
        description: in Markdown.

    Returns:
        The artifact's id.

    Raises:
        MissingContext: it was called outside of a run.
        OptionError: an argument with an impossible value.
        UsageError: it is no table, or has more than 1,000 columns.
    """
    return _save("create_table_artifact", table, key, description)


def _save(caller: str, data: Any, key: str | None, description: str | None) -> ArtifactId:
    get_run(caller)
    check_key(caller, key)
    columns, row_count = read_frame(caller, data)
    if len(columns) > _MOST_COLUMNS:
        raise UsageError(
            f"{caller}: this table has {len(columns):,} columns, and {_MOST_COLUMNS:,} is the "
            "most that can be shown. Choose some, or save it the other way round."
        )
    most = min(_MOST_ROWS, _MOST_CELLS // max(len(columns), 1))
    cells = [[as_json(value) for value in column.head(most)] for column in columns]
    rows = list(zip(*cells, strict=True))
    table = {
        "columns": [summarise(column) for column in columns],
        "rows": rows,
        "row_count": row_count,
    }
    content = dump_json(table)
    while len(content) > MOST_BYTES and rows:
        # Long texts in many cells. Fewer rows are better than none.
        rows = rows[: len(rows) // 2]
        content = dump_json({**table, "rows": rows})
    return keep(caller, "table", key, description, content)
