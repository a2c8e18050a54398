"""Prints every figure beside its floor: `python -m bench [--only NAME] [--quick | --full]`.

Every measurement runs in a process of its own, with a temporary data folder and
without log lines on the terminal (PENSTOCK_LOG_CONSOLE=0), except where a figure
says otherwise. "In the store" means that the flow call has returned: its rows are
committed, and another process can read them.
"""

from __future__ import annotations

import argparse
import compileall
import datetime as dt
import json
import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import (
    browsing,
    calling,
    growing,
    isolating,
    keeping,
    resuming,
    searching,
    serving,
    sharing,
    space,
    starting,
    submitting,
    testing,
)
from bench.figures import Effort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.figures import Figure

TOPICS = {
    "starting": starting.measure,
    "calling": calling.measure,
    "submitting": submitting.measure,
    "isolating": isolating.measure,
    "keeping": keeping.measure,
    "resuming": resuming.measure,
    "searching": searching.measure,
    "space": space.measure,
    "growing": growing.measure,
    "sharing": sharing.measure,
    "testing": testing.measure,
    "serving": serving.measure,
    "browsing": browsing.measure,
}
HISTORY = Path(__file__).parent / "history"


def main() -> None:
    options = _read_options()
    # As pip does when it installs a wheel; a fresh clone would be compiled at each import.
    compileall.compile_dir(Path(__file__).parent.parent / "src", quiet=1)
    effort = Effort(options.repeats, 1, options.full)
    if options.quick:
        effort = Effort(min(options.repeats, 3), 10, False)
    report = _describe()
    if not options.json:
        print(_headline(report))
        print(_row("", "median", "min - max", "floor", "ratio", "target", ""))
    figures = []
    for figure in _measure(options.only, effort):
        figures.append(figure)
        if not options.json:
            print(_line(figure), flush=True)
    report["load_after"] = os.getloadavg()[0]
    report["quick"] = options.quick
    report["figures"] = [figure.as_json() for figure in figures]
    if options.json:
        print(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        print(f"load {report['load_before']:.2f} before, {report['load_after']:.2f} after")
    if options.save:
        _save(report)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=TOPICS, default=list(TOPICS), metavar="NAME",
                        help=f"measure only these: {', '.join(TOPICS)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, three repeats")
    parser.add_argument("--full", action="store_true", help="also what takes minutes")
    parser.add_argument("--repeats", type=int, default=5, help="processes for each figure")
    parser.add_argument("--json", action="store_true", help="print one JSON document, no table")
    parser.add_argument("--save", action="store_true", help="keep the JSON in bench/history")
    return parser.parse_args()


def _measure(names: list[str], effort: Effort) -> Iterator[Figure]:
    for name in names:
        yield from TOPICS[name](effort)


def _describe() -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        "at": now.isoformat(timespec="seconds"),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no", "src")),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def _git(*words: str) -> str:
    command = ["git", "-C", str(HISTORY.parent), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    return done.stdout.strip()


def _headline(report: dict[str, Any]) -> str:
    changed = " (changed)" if report["changed"] else ""
    return (
        f"Penstock {report['commit']}{changed}, Python {report['python']}, SQLite "
        f"{report['sqlite']}, {report['cores']} cores, load {report['load_before']:.2f}\n"
        "Data folders are temporary; PENSTOCK_LOG_CONSOLE=0 unless a line says otherwise.\n"
    )


def _line(figure: Figure) -> str:
    name = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
    if figure.median is None:
        return _row(name, "-", "", "", "", _target(figure), figure.note)
    span = f"{_short(min(figure.values))} - {_short(max(figure.values))}"
    floor = ratio = ""
    if figure.ratio is not None and figure.floor_median is not None:
        floor = f"{_short(figure.floor_median)} {figure.floor_name}"
        ratio = f"{figure.ratio:.1f}x"
    verdict = {None: "", True: "met", False: "NOT MET"}[figure.is_met]
    words = "  ".join(word for word in (verdict, figure.note) if word)
    return _row(name, _short(figure.median), span, floor, ratio, _target(figure), words)


def _target(figure: Figure) -> str:
    parts = []
    if figure.target is not None:
        parts.append(f"{'>=' if figure.at_least else '<='} {figure.target:,}")
    if figure.ratio_target is not None:
        parts.append(f"<= {figure.ratio_target:g}x")
    return ", ".join(parts)


def _row(name: str, value: str, span: str, floor: str, ratio: str, target: str, words: str) -> str:
    start = f"{name:<55} {value:>8}  {span:<17} {floor:<30} {ratio:>7}"
    return f"{start}  {target:<13} {words}".rstrip()


def _short(value: float) -> str:
    """Write a number with three digits that count."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _save(report: dict[str, Any]) -> None:
    HISTORY.mkdir(exist_ok=True)
    path = HISTORY / f"{report['at'][:10]}-{report['commit']}.json"
    kept = json.loads(path.read_text("utf-8")) if path.exists() else []
    path.write_text(json.dumps([*kept, report], indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"kept in {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
