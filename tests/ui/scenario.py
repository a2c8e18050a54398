"""Fills a store with runs of every kind, for tests that look at them.

python scenario.py FOLDER      (what the flows write goes there)
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from facts import LINES, NEEDLE, NEEDLES

from penstock import flow, tags, task
from penstock.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    save_figure,
    save_html,
    save_number,
    save_table,
)
from penstock.logging import get_run_logger

FOLDER = Path(sys.argv[1])
ROOT = Path(__file__).parents[2]
CITIES = (("Bergen", 290_000), ("Graz", 300_000), ("Lyon", 520_000))
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60">'
    '<rect width="120" height="60" fill="teal"/></svg>'
)


@task(retries=2, retry_delay_seconds=0.05)
def fetch(part: int) -> int:
    """Fail at the first attempt of every tenth part."""
    marker = FOLDER / f"fetched-{part}"
    if part % 10 == 0 and not marker.exists():
        marker.touch()
        raise ConnectionError(f"part {part} is not there yet")
    return part


@task(cache_key_fn=lambda _, parameters: f"rate-{parameters['currency']}", persist_result=True)
def rate(currency: str) -> float:
    return 1.1


@task
def add_up(parts: list[int], factor: float) -> float:
    return sum(parts) * factor


@flow(flow_run_name="harvest-{parts}")
def harvest(parts: int = 40) -> float:
    """Map, retry, take from the cache."""
    rate("eur")
    return add_up(fetch.map(range(parts)).result(), rate("eur"))


@task
def parse(text: str) -> float:
    return float(text)


@task
def scale(number: float) -> float:
    return number * 2


@flow
def measure(texts: list[str]) -> list[float]:
    """Fail in one of its tasks, and leave one that never starts."""
    numbers = [parse.submit(text) for text in texts]
    return [scale.submit(number).result() for number in numbers]


@task
def leave(count: int) -> None:
    """Leave one artifact of each kind."""
    create_markdown_artifact("## Findings\n\n- one\n- *two*\n", key="findings")
    create_link_artifact("https://example.org/report", link_text="the report", key="report")
    create_progress_artifact(40 * count, key="progress")
    save_table([{"city": city, "people": n * count} for city, n in CITIES], key="cities")
    save_number(0.8 + count / 10, key="accuracy")
    save_html("<h1 id=title>Chart</h1><script>title.append(' of a script')</script>", key="chart")
    save_figure(PICTURE.encode(), key="drawing")


@flow
def gallery() -> None:
    for count in (1, 2):
        leave(count)


@flow
def talk() -> None:
    """Say a lot, at every level, in colours and over several lines."""
    logger = get_run_logger()
    for number in range(LINES):
        if number in NEEDLES:
            logger.info("line %d: %s", number, NEEDLE)
        elif number % 100 == 7:
            logger.warning("line %d: \x1b[33myellow\x1b[0m and \x1b[1;31mred\x1b[0m", number)
        else:
            logger.info("line %d: nothing to see", number)
    logger.debug("hidden unless asked for")
    try:
        float("n/a")
    except ValueError:
        logger.exception("line %d: this went wrong", LINES)
    logger.info("x" * 12_000)


def main() -> None:
    exam = runpy.run_path(str(ROOT / "examples" / "exam_scores.py"))["exam_scores"]
    exam(plot=str(FOLDER / "exam_scores.png"))
    runpy.run_path(str(ROOT / "examples" / "nested_flows.py"))["count_day"]()
    with tags("nightly", "eu"):
        harvest()
        harvest(25)
    measure(["1", "n/a", "3"], return_state=True)
    gallery()
    talk()


if __name__ == "__main__":
    main()
