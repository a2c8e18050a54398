"""`penstock artifact`: what runs have saved for people to look at."""

from __future__ import annotations

import json
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from penstock._cli.files import in_bytes
from penstock._cli.flow_run_page import show_fields
from penstock._cli.lookup import all_artifacts, find_flow_run, opened_store
from penstock._cli.options import Command, Group, json_option, limit_option
from penstock._cli.output import Column, Screen, Table, print_json
from penstock._cli.records import artifact_record
from penstock._cli.times import age, local
from penstock._engine.artifacts import find_file
from penstock.errors import MissingResult, NotFound, UsageError
from penstock.settings import load_settings
from penstock.stores.filters import ArtifactFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from penstock.stores.protocol import Store
    from penstock.stores.rows import ArtifactRow

__all__ = ["artifact"]

_JSON: Final = "application/json"
_MARKDOWN: Final = "text/markdown"


@click.group(cls=Group)
def artifact() -> None:
    """List, show and fetch what runs have saved for people to look at.

    ID is that of an artifact, or a key: the newest artifact of that key.
    """


@artifact.command(
    name="ls",
    cls=Command,
    examples=(
        "penstock artifact ls --flow-run latest",
        "penstock artifact ls --key scores --json",
        "penstock artifact ls --kind figure --kind table --limit 5",
    ),
)
@click.option("--flow-run", "flow_run_id", metavar="ID", help="Only those of this flow run.")
@click.option("--key", metavar="KEY", help="Only those of this key.")
@click.option(
    "--kind", "kinds", multiple=True, metavar="KIND",
    help="Only figures, tables and so on; may be given again.",
)  # fmt: skip
@limit_option(50, "artifacts")
@json_option
def ls(
    flow_run_id: str | None, key: str | None, kinds: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """List artifacts, the newest first."""
    with opened_store() as store:
        above = None if flow_run_id is None else find_flow_run(store, flow_run_id).id
        where = ArtifactFilter(flow_run_id=above, key=key, kinds=kinds or None)
        rows = list(islice(all_artifacts(store, where), limit))
    if as_json:
        print_json([artifact_record(row) for row in rows])
    elif rows:
        _show_list(Screen(), rows)
    elif where == ArtifactFilter():
        Screen().line("There are no artifacts yet. penstock.artifacts saves them in tasks.")
    else:
        Screen().line("No artifact fits. Leave an option out to see more.")


@artifact.command(
    cls=Command,
    examples=("penstock artifact inspect scores", "penstock artifact inspect scores --json"),
)
@click.argument("artifact_id", metavar="ID")
@json_option
def inspect(artifact_id: str, as_json: bool) -> None:
    """Show an artifact: where it comes from, and what it says."""
    with opened_store() as store:
        row = _find(store, artifact_id)
    data = _data(row)
    if as_json:
        print_json({**artifact_record(row), "data": data})
        return
    screen = Screen()
    _show(screen, row)
    if data is not None:
        screen.line()
        _show_table(screen, data) if row.kind == "table" else _show_data(screen, data)


@artifact.command(
    cls=Command,
    examples=(
        "penstock artifact get boxplot --output boxplot.png",
        "penstock artifact get summary",
    ),
)
@click.argument("artifact_id", metavar="ID")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False), metavar="FILE",
    help="Write to this file; without it, to standard output.",
)  # fmt: skip
def get(artifact_id: str, output: str | None) -> None:
    """Fetch the bytes of an artifact: a picture, a page, a text, or JSON."""
    with opened_store() as store:
        row = _find(store, artifact_id)
    content = _content(row)
    if output is None:
        is_text = row.content_type in {_JSON, _MARKDOWN, "text/html", "image/svg+xml"}
        if sys.stdout.isatty() and not is_text:
            raise UsageError(f"This is {row.content_type}; add --output FILE.")
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with open(output, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{output} cannot be written ({error.strerror}).") from None
    sys.stderr.write(f"Wrote {in_bytes(len(content))} to {output}.\n")


def _find(store: Store, text: str) -> ArtifactRow:
    """Give the artifact of an id, or the newest of a key.

    Raises:
        NotFound: there is neither.
    """
    newest = store.find_artifacts(ArtifactFilter(key=text), 1)
    try:
        return store.get_artifact(newest[0].id if newest else text)
    except NotFound:
        raise NotFound("artifact", text) from None


def _content(row: ArtifactRow) -> bytes:
    """Give an artifact's bytes.

    Raises:
        MissingResult: they are in a file that is gone.
    """
    if row.content is not None:
        return row.content
    path = find_file(load_settings(), row.id, row.content_ref)
    if path is None:
        raise MissingResult(f"The file of artifact {row.id} is gone: {row.content_ref}.")
    with open(path, "rb") as file:
        return file.read()


def _data(row: ArtifactRow) -> Any:
    """Give what it says, where that is text or JSON."""
    if row.content_type == _JSON:
        return json.loads(_content(row))
    return _content(row).decode("utf-8", "replace") if row.content_type == _MARKDOWN else None


def _run_of(row: ArtifactRow) -> str:
    if row.task_run_name is not None:
        return row.task_run_name
    return row.flow_run_name


def _show_list(screen: Screen, rows: Sequence[ArtifactRow]) -> None:
    table = Table(
        Column("ID"),
        Column("KEY", gives_way=True),
        Column("KIND"),
        Column("VERSION", right=True),
        Column("SIZE", right=True),
        Column("RUN", gives_way=True),
        Column("SAVED"),
    )
    for row in rows:
        saved = age(row.created) if screen.is_terminal else local(row.created)
        key = row.key or "-"
        table.row(row.id, key, row.kind, str(row.version), in_bytes(row.size), _run_of(row), saved)
    table.write(screen)


def _show(screen: Screen, row: ArtifactRow) -> None:
    in_session = row.flow_run_kind == "session"
    around = f"{row.flow_run_name} of flow {row.flow_name}  {row.flow_run_id}"
    show_fields(
        screen,
        [
            ("Artifact", row.id),
            ("Key", "" if row.key is None else f"{row.key}, version {row.version}"),
            ("Kind", f"{row.kind} ({row.content_type}, {in_bytes(row.size)})"),
            ("About", row.description or ""),
            ("Saved", local(row.created)),
            ("Updated", local(row.updated) if row.updated > row.created else ""),
            ("Task run", row.task_run_name or ""),
            ("Flow run", "none; the task was called outside of a flow" if in_session else around),
            ("File", row.content_ref or ""),
        ],
    )


def _show_data(screen: Screen, data: Any) -> None:
    if isinstance(data, dict):
        show_fields(screen, [(name, str(value or "")) for name, value in data.items()])
    else:
        screen.lines(str(data))


def _show_table(screen: Screen, data: dict[str, Any]) -> None:
    """Show the columns of a table with what is said of them."""
    rows, kept = data["row_count"], len(data["rows"])
    more = "" if rows == kept else f", of which the first {kept:,} are kept"
    screen.line([(f"{rows:,} rows{more}", "bold")])
    table = Table(
        Column("COLUMN", gives_way=True),
        Column("KIND"),
        Column("MISSING", right=True),
        Column("DISTINCT", right=True),
        Column("LOWEST", right=True, gives_way=True),
        Column("HIGHEST", right=True, gives_way=True),
        Column("MEAN", right=True),
    )
    for column in data["columns"]:
        values = [column[name] for name in ("lowest", "highest", "mean")]
        table.row(
            column["name"], column["kind"], f"{column['missing']:,}",
            "" if column["distinct"] is None else f"{column['distinct']:,}", *map(_short, values),
        )  # fmt: skip
    table.write(screen)


def _short(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
