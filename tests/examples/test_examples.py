"""Each example runs as a program, and what it tells its reader is true."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from penstock._engine.process import close_process
from penstock.stores.filters import ArtifactFilter
from tests.lesson.programs import history, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Call = Callable[..., None]

EXAMPLES = Path(__file__).parents[2] / "examples"
PNG = b"\x89PNG\r\n\x1a\n"

#: The first line that each prints, and the states of its task runs.
SHORT = {
    "artifacts": ("11.1 °C on average.", {"Completed": 5}),
    "async_flow": ("27.50 for everything", {"Completed": 4}),
    "caching": ("  counting the primes below 200,000 ...", {"Completed": 2, "Cached": 1}),
    "hello": ("Good morning, Ada!", {"Completed": 2}),
    "logging_example": ("", {"Completed": 2}),
    "mapping": ("Graz       617 km", {"Completed": 8}),
    "nested_flows": ("805 sold today", {"Completed": 3}),
    "retries": ("It is 11 °C in Oslo.", {"Completed": 1}),
}
LONG = {"demo", "exam_scores", "iris_widths"}


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Call an example in this process, which has pandas loaded, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)

    def call_main(name: str, *options: str) -> None:
        monkeypatch.setattr("sys.argv", [f"{name}.py", *options])
        runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]()

    yield call_main
    close_process()


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*SHORT, *LONG}


@pytest.mark.parametrize("name", SHORT)
def test_short_example_runs(name: str, tmp_path: Path) -> None:
    first_line, states = SHORT[name]

    done = run(EXAMPLES / f"{name}.py", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(first_line)
    with history() as found:
        assert {flow.state_name for flow in found.flows} == {"Completed"}
        ended = [task.state_name for task in found.tasks]
        assert {state: ended.count(state) for state in ended} == states


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example_says_how_to_run_it(path: Path) -> None:
    docstring = path.read_text("utf-8").split('"""')[1]

    assert f"python examples/{path.name}" in docstring or "make demo" in docstring


def test_exam_scores_reports_the_difference(tmp_path: Path) -> None:
    done = run(EXAMPLES / "exam_scores.py", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Mean of class A: 68.2, of class B: 80.0" in done.stdout
    assert "t = -8.07, p = 0.0002 (0.00016)" in done.stdout
    assert "Conclusion: the difference is statistically significant (p < 0.05)." in done.stdout
    with history() as found:
        assert found.flow.state_name == "Completed"


def test_exam_scores_leaves_five_tasks_with_edges_and_log_lines(call: Call) -> None:
    call("exam_scores")

    with history() as found:
        assert set(found.task_states().values()) == {"Completed"}
        assert {task.name: found.upstreams(task.name) for task in found.tasks} == {
            "load-0": set(),
            "clean-1": {"load-0"},
            "describe_and_plot-2": {"clean-1"},
            "compare-3": {"clean-1"},
            "report-4": {"describe_and_plot-2", "compare-3"},
        }
        lines = {line.index: line.message for line in found.logs if line.index is not None}
        assert lines == {
            0: f"Loaded 13 rows from {EXAMPLES / 'data' / 'exam_scores.csv'}",
            1: "Kept 10 rows, dropped 3",
            2: "Plot written to exam_scores.png",
            3: "t = -8.07, p = 0.00016",
        }


def test_exam_scores_saves_its_plot_and_its_summary(call: Call, tmp_path: Path) -> None:
    call("exam_scores", "--plot", "plot.png")

    with history() as found:
        rows = found.store.find_artifacts(ArtifactFilter(), 9)
        table, figure = (found.store.get_artifact(row.id) for row in rows)
        assert (figure.key, figure.kind) == ("exam-scores-by-class", "figure")
        assert figure.content == (tmp_path / "plot.png").read_bytes()
        assert {figure.task_run_name, table.task_run_name} == {"describe_and_plot-2"}
        assert (table.key, table.kind) == ("exam-summary", "table")
        summary = json.loads(table.content or b"")
        assert [column["name"] for column in summary["columns"]] == [
            "class", "count", "mean", "std", "min", "25%", "50%", "75%", "max",
        ]  # fmt: skip
        assert [row[0] for row in summary["rows"]] == ["A", "B"]


def test_artifacts_saves_one_of_each_kind(call: Call) -> None:
    call("artifacts")

    with history() as found:
        kept = {
            row.kind: (row.key, row.content)
            for row in found.store.find_artifacts(ArtifactFilter(), 9)
        }
        assert kept["progress"] == (None, b"100.0")
        assert kept["markdown"] == (
            "report",
            "# Stations\n\n3 stations, **11.1 °C** on average.".encode(),
        )
        assert [kept[kind][0] for kind in ("figure", "table", "number")] == [
            "temperatures", "stations", "mean-temperature",
        ]  # fmt: skip


@pytest.mark.parametrize("name", ["exam_scores", "iris_widths"])
def test_plot_is_a_picture(name: str, call: Call, tmp_path: Path) -> None:
    call(name, "--plot", "plot.png")

    content = (tmp_path / "plot.png").read_bytes()
    assert content.startswith(PNG)
    assert len(content) >= 10_000
    with Image.open(tmp_path / "plot.png") as image:
        image.load()
        assert image.size == (1050, 675)
        colours = image.convert("RGB").getcolors(maxcolors=1_000_000)
        assert colours is not None
        assert len(colours) > 50


def test_exam_scores_takes_a_file_and_columns_of_ones_own(
    call: Call, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = ["student,group,points", "1,red,10", "2,blue,11", "3,red,12", "4,blue,9", "5,red,11"]
    (tmp_path / "mine.csv").write_text("\n".join(rows), "utf-8")

    columns = ("--class-column", "group", "--score-column", "points")
    call("exam_scores", "--csv", "mine.csv", *columns)

    printed = capsys.readouterr().out
    assert "Mean of class blue: 10.0, of class red: 11.0" in printed
    assert "the difference is not statistically significant (p >= 0.05)." in printed
    assert (tmp_path / "exam_scores.png").exists()


@pytest.mark.parametrize(
    ("content", "options", "problem"),
    [
        (None, [], "There is no file bad.csv."),
        ("", [], "bad.csv cannot be read as a CSV file"),
        (
            "Class,Score\nA,1",
            ["--score-column", "Points"],
            "bad.csv has no column 'Points'; it has",
        ),
        ("Class,Score\nA,1", ["--class-column", "Group"], "bad.csv has no column 'Group'; it has"),
        ("Class,Score\nA,1\nA,2", [], "needs two classes, and there are 1 (A)."),
        ("Class,Score\nA,x\nB,y", [], "needs two classes, and there are 0 (none)."),
        ("Class,Score\nA,1\nA,2\nB,1\nB,2\nC,1", [], "there are 3 (A, B, C)."),
        ("Class,Score\nA,1\nA,2\nB,3", [], "Class B has one score only"),
        ("Class,Score\nA,1\nA,1\nB,3\nB,3", [], "The scores of each class are all equal"),
    ],
)
def test_exam_scores_says_in_one_sentence_what_is_wrong(
    content: str | None, options: list[str], problem: str, call: Call, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "bad.csv").write_text(content, "utf-8")

    with pytest.raises(SystemExit) as ended:
        call("exam_scores", "--csv", "bad.csv", *options)

    sentence = str(ended.value)
    assert sentence.startswith("exam_scores: ")
    assert problem in sentence
    assert "\n" not in sentence
    with history() as found:
        assert found.flow.state_name == "Failed"


def test_wrong_input_ends_the_program_with_one_and_no_traceback(tmp_path: Path) -> None:
    done = run(EXAMPLES / "exam_scores.py", "--csv", "no.csv", cwd=tmp_path)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith("exam_scores: There is no file no.csv.\n")
    assert "Traceback" not in done.stderr


def test_iris_widths_compares_what_it_is_asked_for(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call("iris_widths", "--measure", "petal length", "--kinds", "setosa", "virginica")

    printed = capsys.readouterr().out
    assert "Mean petal length: setosa 1.46 cm, virginica 5.55 cm." in printed
    assert "it differs" in printed
    with history() as found:
        assert found.upstreams("report") == {"describe_and_plot-2", "compare-3"}


@pytest.mark.parametrize("options", [("--kinds", "tulip", "rose"), ("--measure", "colour")])
def test_iris_widths_says_what_there_is(options: tuple[str, ...], call: Call) -> None:
    with pytest.raises(SystemExit, match=r"^iris_widths: There is no \w+ '\w+'; there are "):
        call("iris_widths", *options)


def test_demo_tells_the_whole_story(tmp_path: Path, home: Path) -> None:
    done = run(EXAMPLES / "demo.py", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "Conclusion: the difference is statistically significant" in done.stdout
    assert str(home / "penstock.db") in done.stdout
    assert "compare-3" in done.stdout  # as `flow-run inspect` shows it
    with history() as found:
        assert found.flow.flow_name == "exam_scores"
