"""Log lines found: by text, in a run and in all; by position; and what the index costs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, clock, fresh, in_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.figures import Effort

#: Milliseconds for a search, and for a jump to any line.
SEARCH = 300
JUMP = 100
#: Every how many lines the rare word stands.
RARE = 200_000

TRACEBACK = """Traceback (most recent call last):
  File "/app/load.py", line 30, in load
    raise ValueError(row)
"""


def measure(effort: Effort) -> Iterator[Figure]:
    count = effort.size(1_000_000)
    with in_home() as home:
        text, before = fresh(fill, count, home=home)
        each, p99, after = fresh(index, count, home=home)
        yield Figure(f"line taken into the index, of {count:,}", "µs", [each])
        yield Figure("writers held up by a slice of that, 99 of 100", "ms", [p99], target=50)
        share = (after - before) / text
        yield Figure("index, for each byte of text", "bytes", [share], note="without it: a scan")
        found = [fresh(look, count, home=home) for _ in range(min(effort.repeats, 3))]
        for name, (target, note) in found[0][1].items():
            values = [one[0][name] for one in found]
            yield Figure(name, "ms", values, target=target, note=note)


def fill(count: int) -> tuple[int, int]:
    """Write lines, half of them in one run; give the bytes of text, and of the file."""
    from penstock.settings import load_settings  # noqa: PLC0415 - in a process of its own
    from penstock.stores import open_store  # noqa: PLC0415 - as above
    from penstock.testing.journal import Journal  # noqa: PLC0415 - as above

    store = open_store(load_settings().store_url)
    journal = Journal(store)
    lines = random.Random(4)
    large = journal.flow_run(b"\x01" * 16)
    others = [journal.flow_run() for _ in range(100)]
    for run in (large, *others):
        for number in range(10):
            journal.task_run(run, number, key="flows.load" if number % 2 else "flows.clean")
    text = 0
    for number in range(count):
        run = large if number % 2 else others[number // 2 % 100]
        line = make_line(lines, number)
        text += len(line)
        level = 40 if number % 999 == 0 else 20
        journal.log(run, number % 10, line, level, "prints" if number % 7 else "app.db")
        if number % 5_000 == 4_999:
            journal.send()
            journal.events.clear()
            journal._sent = 0  # noqa: SLF001 - or every line stays in memory
    journal.send()
    size = store.stats().size_bytes
    store.close()
    return text, size


def make_line(lines: random.Random, number: int) -> str:
    """Make a line as programs write them; one in RARE has a word of its own."""
    key = f"{lines.getrandbits(40):010x}"
    size = lines.randrange(10**6)
    texts = (
        f"Loaded {size} rows from s3://bucket/{key}/part-{number % 99:05d}.parquet",
        f"Retrying {key} after {size} ms: connection reset by peer (10.0.3.7:5432)",
        f"epoch {number % 90} step {number} loss={size / 1e6:.4f} acc={1 - size / 1e6:.4f}",
        f"GET /api/v2/items/{key} HTTP/1.1 {lines.choice((200, 404, 503))} {size} bytes",
        f"{TRACEBACK}ValueError: bad row {key}",
    )
    line = texts[lines.randrange(50) % 5 if lines.random() < 0.9 else 2]
    return f"{line} needle" if number % RARE == 7 else line


def index(count: int) -> tuple[float, float, int]:
    """Index all lines; give µs a line, the 99th percentile of a slice in ms, and the bytes."""
    from penstock.settings import load_settings  # noqa: PLC0415 - as above
    from penstock.stores import open_store  # noqa: PLC0415 - as above

    store = open_store(load_settings().store_url)
    spans: list[float] = []
    hold = _watch_gate(store, spans)
    began = clock()
    done = 0
    while taken := store.index_logs():
        done += taken
    each = (clock() - began) / count * 1e6
    hold()
    if done != count:
        raise SystemExit(f"bench: {done} of {count} lines are in the index")
    size = store.stats().size_bytes
    store.close()
    spans.sort()
    return each, spans[int(len(spans) * 0.99)] * 1e3, size


def _watch_gate(store: Any, spans: list[float]) -> Callable[[], None]:
    """Note how long each write transaction takes, until what this gives is called."""
    from contextlib import contextmanager  # noqa: PLC0415 - as above

    dialect = store._dialect  # noqa: SLF001 - the gate is nobody else's to see
    real = dialect.transaction

    @contextmanager
    def timed() -> Iterator[Any]:
        with real() as connection:
            began = clock()
            yield connection
        spans.append(clock() - began)

    dialect.transaction = timed

    def stop() -> None:
        del dialect.transaction

    return stop


def look(count: int) -> tuple[dict[str, float], dict[str, tuple[int, str]]]:
    """Search and jump; give milliseconds, and the targets, by name."""
    from penstock._schemas.queries import LogMatchQuery, LogSearch, LogWindowQuery  # noqa: PLC0415 - as above
    from penstock._server import log_pages  # noqa: PLC0415 - as above
    from penstock.settings import load_settings  # noqa: PLC0415 - as above
    from penstock.stores import open_store  # noqa: PLC0415 - as above

    store = open_store(load_settings().store_url)
    run = "01010101-0101-0101-0101-010101010101"
    times: dict[str, float] = {}
    notes: dict[str, tuple[int, str]] = {}

    def time(name: str, target: int, question: Callable[[], Any]) -> None:
        began = clock()
        note = str(question())
        times[name] = (clock() - began) * 1e3
        notes[name] = target, note

    def search(**asked: Any) -> str:
        return f"{len(log_pages.search(store, LogSearch(**asked), None).items)} on the page"

    def matches(text: str, **asked: Any) -> str:
        query = LogMatchQuery(find=text, **asked)
        where = log_pages.selection(store, run, query)
        return f"{log_pages.matches(store, log_pages.Totals(), where, text).total:,} in all"

    def window(**asked: Any) -> str:
        query = LogWindowQuery(**asked)
        where = log_pages.selection(store, run, query)
        page = log_pages.window(store, log_pages.Totals(), where, query)
        return f"{len(page.items)} of {page.total:,}"

    window(limit=1)  # opens the connection
    for kind, word in (("rare", "needle"), ("frequent", "connection RESET"), ("no", "needless")):
        time(f"search all, a {kind} word", SEARCH, lambda word=word: search(q=word))
        time(
            f"search all, a {kind} word, errors", SEARCH, lambda word=word: search(q=word, level=40)
        )
        time(
            f"search a run, a {kind} word",
            SEARCH,
            lambda word=word: search(q=word, flow_run_id=run),
        )
        time(f"matches in a run, a {kind} word", SEARCH, lambda word=word: matches(word))
    time("search all, two letters", SEARCH, lambda: search(q="zq"))
    time("search all, a word in half of the lines", SEARCH, lambda: search(q="e"))
    time("matches in a run, errors only", SEARCH, lambda: matches("connection", level=40))
    time("last lines of a run", JUMP, window)
    time("lines in the middle of a run", JUMP, lambda: window(offset=count // 4))
    time("errors in the middle of a run", SEARCH, lambda: window(offset=count // 4000, level=40))
    time("lines of a task, in the middle", SEARCH, lambda: window(offset=count // 8, task=["load"]))
    time("lines with a frequent word, in the middle", SEARCH,
         lambda: window(offset=count // 20, q="connection"))  # fmt: skip
    time("around a line", JUMP, lambda: window(around=count // 2))
    store.close()
    return times, notes
