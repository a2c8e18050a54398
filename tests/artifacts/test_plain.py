"""Texts, links, images by address, progress and numbers; keys and descriptions of all."""

from __future__ import annotations

import asyncio
import base64
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from penstock import artifacts, flow, task
from penstock.artifacts import (
    acreate_markdown_artifact,
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    save_figure,
    save_html,
    save_number,
    save_table,
    update_progress_artifact,
)
from penstock.errors import MissingContext, NotFound, OptionError, UsageError
from penstock.testing import isolated_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from penstock.stores.rows import ArtifactRow
    from penstock.testing import Recorded

    Save = Callable[..., ArtifactRow]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

#: A call of each function that saves something, without a key.
CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "create_markdown_artifact": (create_markdown_artifact, ("# hi",)),
    "create_table_artifact": (create_table_artifact, ([{"a": 1}],)),
    "create_link_artifact": (create_link_artifact, ("https://example.org",)),
    "create_image_artifact": (create_image_artifact, ("https://example.org/a.png",)),
    "create_progress_artifact": (create_progress_artifact, (0,)),
    "save_figure": (save_figure, (PIXEL,)),
    "save_html": (save_html, ("<p>",)),
    "save_number": (save_number, (1,)),
    "save_table": (save_table, ([{"a": 1}],)),
}


def test_every_function_that_saves_is_tested() -> None:
    own = [name for name in artifacts.__all__ if name.startswith(("create", "save"))]

    assert sorted(CALLS) == own


@pytest.mark.parametrize("name", CALLS)
def test_an_artifact_belongs_to_the_task_that_saves_it(name: str, recorded: Recorded) -> None:
    function, args = CALLS[name]

    @task
    def step() -> str:
        return str(function(*args, key="a-key-1", description="*why*"))

    @flow
    def around() -> str:
        return step()

    artifact_id = around()

    (row,) = recorded.artifacts("a-key-1")
    run = recorded.task_run("step")
    assert row.id == artifact_id
    assert (f"{row.flow_run_id}-{row.index}", row.task_run_name) == (run.id, run.name)
    assert (row.flow_name, row.description, row.version) == ("around", "*why*", 1)


@pytest.mark.parametrize("name", CALLS)
def test_outside_of_a_run_the_error_says_where_to_call_it(name: str) -> None:
    function, args = CALLS[name]

    with pytest.raises(MissingContext, match=rf"^{name} saves .* inside of a flow or a task"):
        function(*args, key="k")


@pytest.mark.parametrize(
    "key", ["Upper", "with space", "under_score", "", "é", "a" * 201, "a\n", 7]
)
@pytest.mark.parametrize("name", CALLS)
def test_a_key_that_cannot_be_is_refused(name: str, key: Any, save: Save) -> None:
    function, args = CALLS[name]

    with pytest.raises(OptionError, match=rf"^{name}: key=.* lower-case letters"):
        save(function, *args, key=key)


@pytest.mark.parametrize("key", ["a", "0", "a-b", "-", "a" * 200])
def test_a_key_is_letters_digits_and_hyphens(key: str, save: Save) -> None:
    assert save(create_markdown_artifact, "x", key=key).key == key


def test_a_description_has_a_limit(save: Save) -> None:
    with pytest.raises(OptionError, match="description"):
        save(create_markdown_artifact, "x", description="x" * 65_537)


def test_an_artifact_has_a_limit(save: Save) -> None:
    with pytest.raises(UsageError, match=r"33,554,433 bytes, and 33,554,432 is the most"):
        save(save_html, "x" * ((32 << 20) + 1))


def test_artifacts_of_a_key_are_versions(recorded: Recorded) -> None:
    @task
    def step(number: int) -> None:
        save_number(number, key="n")

    @flow
    def around() -> None:
        step(1)
        step(2)

    around()
    around()

    rows = recorded.artifacts("n")
    assert [(row.version, row.content) for row in rows] == [
        (1, b"1"), (2, b"2"), (3, b"1"), (4, b"2"),
    ]  # fmt: skip


def test_a_task_outside_of_flows_saves_artifacts_too(recorded: Recorded) -> None:
    task(create_markdown_artifact)("alone")

    (row,) = recorded.artifacts()
    assert (row.flow_run_kind, row.index, row.content) == ("session", 0, b"alone")


def test_ids_can_be_awaited_in_async_code(recorded: Recorded) -> None:
    @flow
    async def around() -> list[str]:
        return [
            await create_markdown_artifact("one"),
            create_markdown_artifact("two"),
            await acreate_markdown_artifact("three"),
            await artifacts.acreate_table_artifact([{"a": 1}]),
            await artifacts.acreate_link_artifact("https://x.org"),
            await artifacts.acreate_image_artifact("https://x.org/a.png"),
            await artifacts.aupdate_progress_artifact(
                await artifacts.acreate_progress_artifact(0), 1
            ),
        ]

    assert asyncio.run(around()) == [row.id for row in recorded.artifacts()]


def test_markdown_is_kept_as_text_whatever_is_in_it(save: Save) -> None:
    row = save(create_markdown_artifact, markdown="# Grüße \udc80", key="m")

    assert (row.kind, row.content_type) == ("markdown", "text/markdown")
    assert row.content == "# Grüße \\udc80".encode()


def test_a_link_has_an_address_and_a_text(save_json: Callable[..., Any]) -> None:
    link = {"link": "https://x.org", "link_text": "see"}

    assert save_json(create_link_artifact, **link, key="k") == link
    assert save_json(create_link_artifact, link="s3://bucket/x") == {
        "link": "s3://bucket/x",
        "link_text": None,
    }


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,<b>", "vbscript:x", "", " ",
     None, "\x00javascript:x", "java\nscript:x", "blob:x"],
)  # fmt: skip
@pytest.mark.parametrize("function", [create_link_artifact, create_image_artifact])
def test_an_address_that_runs_code_is_refused(
    function: Callable[..., Any], address: Any, save: Save
) -> None:
    with pytest.raises(OptionError, match="an address, as https"):
        save(function, address)


def test_an_image_is_kept_by_its_address_or_whole(
    save: Save, save_json: Callable[..., Any]
) -> None:
    url = "https://x.org/a.png"
    assert save_json(create_image_artifact, image_url=url) == {"image_url": url}

    inline = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    row = save(create_image_artifact, inline)
    assert (row.kind, row.content_type, row.content) == ("image", "image/png", PIXEL)
    with pytest.raises(OptionError, match="base64"):
        save(create_image_artifact, "data:image/png;base64,****")


def test_progress_goes_on(recorded: Recorded) -> None:
    seen = []

    @flow
    def around() -> None:
        progress = create_progress_artifact(progress=0.0, key="p", description="slow")
        for done in (33.3, 100 / 3 * 3 + 1e-9):
            update_progress_artifact(artifact_id=progress, progress=done)
        update_progress_artifact(progress, description="done")
        seen.append(progress)

    around()

    (row,) = recorded.artifacts()
    assert (row.id, row.content, row.description, row.version) == (seen[0], b"100.0", "done", 1)


@pytest.mark.parametrize("progress", [-1, 100.1, float("nan"), "50", None])
def test_progress_is_a_number_from_0_to_100(progress: Any, save: Save) -> None:
    with pytest.raises(OptionError, match="from 0 to 100"):
        save(create_progress_artifact, progress)


def test_progress_may_be_updated_by_another_task_of_the_process(recorded: Recorded) -> None:
    begin, go_on = task(create_progress_artifact), task(update_progress_artifact)

    @flow
    def inner(progress: str) -> None:
        go_on(progress, 20)

    @flow
    def around() -> str:
        progress = begin(0)
        inner(progress)
        recorded.store  # noqa: B018 - brings everything into the store
        recorded._process.artifacts.clear()  # as if ten thousand more had been saved
        go_on(progress, 30)
        return progress

    around()

    (row,) = recorded.artifacts()
    assert (row.content, row.task_run_name) == (b"30", "create_progress_artifact-0")


@pytest.mark.parametrize("artifact_id", ["nothing", "0" * 32, "", 7])
def test_progress_of_nothing_is_an_error(artifact_id: Any, save: Save) -> None:
    with pytest.raises(NotFound, match="There is no artifact"):
        save(update_progress_artifact, artifact_id, 50)


def test_only_progress_is_updated(save: Save) -> None:
    row = save(save_number, 1, key="n")

    with pytest.raises(UsageError, match=r"of kind 'number'.* Save a new one under the same key"):
        save(update_progress_artifact, row.id, 50)


def test_progress_of_another_process_is_not_updated(tmp_path: Any, home: Any) -> None:
    where = tmp_path / "store.db"
    with isolated_store(where) as recorded:
        flow(create_progress_artifact)(0)
        (row,) = recorded.artifacts()
    with isolated_store(where), pytest.raises(UsageError, match="another process has executed"):
        flow(update_progress_artifact)(row.id, 50)


@pytest.mark.parametrize(
    ("value", "kept"),
    [(3, 3), (2.5, 2.5), (np.float32(0.5), 0.5), (np.int64(7), 7.0), (True, 1),
     (Fraction(1, 4), 0.25), (2**60, float(2**60))],
)  # fmt: skip
def test_a_number_is_kept(value: Any, kept: float, save_json: Callable[..., Any]) -> None:
    assert save_json(save_number, value, key="n") == kept


@pytest.mark.parametrize("value", ["1", None, float("nan"), float("inf"), [1, 2], 10**400])
def test_what_is_no_finite_number_is_refused(value: Any, save: Save) -> None:
    with pytest.raises(OptionError, match=r"must be a finite number"):
        save(save_number, value, key="n")
