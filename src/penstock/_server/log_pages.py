"""Log lines as pages of the API: windows by position, matches, searches, whole logs.

Everything is asked of the store with lines up to one id, the newest when the request
came: so positions, totals and lines of an answer agree, whatever is written meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from penstock._ids import split_task_run_id
from penstock._schemas.common import instant
from penstock._schemas.logs import LogLine, LogMatches, LogPage, LogWindow
from penstock._server.errors import Refused
from penstock.stores.filters import LogFilter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from penstock._schemas.queries import LogQuery, LogSearch, LogWindowQuery
    from penstock.stores import rows
    from penstock.stores.protocol import Store

__all__ = ["Totals", "get_line", "matches", "search", "selection", "text_of", "window"]

#: Characters of a line in a list.
LONGEST: Final = 10_000
#: Matches whose positions are given.
_MOST_MATCHES: Final = 2_000
#: Lines of a log that is written out: found at a time, and read at a time.
_IDS: Final = 10_000
_PART: Final = 500
#: Selections whose totals are remembered.
_REMEMBERED: Final = 200
#: Indexes of task runs are smaller.
_INDEX_END: Final = 1 << 32
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEVELS: Final = ((50, "CRITICAL"), (40, "ERROR"), (30, "WARNING"), (20, "INFO"), (0, "DEBUG"))


class Totals:
    """Counts lines, and counts on from where it came the last time.

    Who follows a run that writes asks several times a second, and of a million lines
    only the new ones are counted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: for each selection, how many lines there are up to an id
        self._known: OrderedDict[LogFilter, tuple[int, int]] = OrderedDict()

    def count(self, store: Store, where: LogFilter, through: int) -> int:
        """Count lines up to an id."""
        with self._lock:
            total, counted = self._known.get(where, (0, 0))
        if counted > through:
            return store.count_logs(where._replace(through_id=through))
        if counted < through:
            total += store.count_logs(where._replace(after_id=counted, through_id=through))
        with self._lock:
            self._known[where] = total, through
            self._known.move_to_end(where)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return total


def selection(store: Store, flow_run_id: str, query: LogQuery) -> LogFilter:
    """Say which lines of a flow run are asked for.

    Raises:
        NotFound: there is no such flow run.
        Refused: the task run is none of it.
    """
    where = LogFilter(
        flow_run_id=flow_run_id,
        level_from=query.level or None,
        loggers=tuple(query.logger) or None,
        contains=(query.q,) if query.q else None,
        nested=query.nested,
        task_names=tuple(query.task) or None,
    )
    if query.task_run_id is None:
        return where
    try:
        inner, index = split_task_run_id(query.task_run_id)
    except ValueError:
        inner, index = "", _INDEX_END
    if not 0 <= index < _INDEX_END or not _is_within(store, inner, flow_run_id):
        detail = f"{query.task_run_id!r} is no task run of flow run {flow_run_id}."
        wrong = [("/query/task_run_id", "must be the id of a task run of this flow run")]
        raise Refused("invalid", 422, "The request cannot be carried out", detail, wrong)
    return where._replace(flow_run_id=inner, index=index)


def window(store: Store, totals: Totals, where: LogFilter, query: LogWindowQuery) -> LogWindow:
    """Give the lines at a position, around a line, or else the last ones."""
    newest = store.newest_ids()[1]
    total = totals.count(store, where, newest)
    where = where._replace(through_id=newest)
    if query.around is not None:
        (position,) = store.rank_logs(where, [query.around])
        offset = min(position - query.limit // 2, total - query.limit)
    elif query.offset is not None:
        offset = query.offset
    else:
        offset = total - query.limit
    offset = max(0, offset)
    size = max(0, min(query.limit, total - offset))
    behind = total - offset - size
    if behind < offset:
        # From the end it is nearer.
        ids = store.find_log_ids(where._replace(newest_first=True), size, behind)
    else:
        ids = store.find_log_ids(where, size, offset)
    return LogWindow(offset=offset, total=total, items=_lines(store, ids), last_id=newest)


def matches(store: Store, totals: Totals, where: LogFilter, text: str) -> LogMatches:
    """Say where a text occurs among some lines."""
    newest = store.newest_ids()[1]
    found = where._replace(contains=(*(where.contains or ()), text))
    total = totals.count(store, found, newest)
    where, found = (each._replace(through_id=newest) for each in (where, found))
    ids = store.find_log_ids(found, _MOST_MATCHES)
    return LogMatches(total=total, positions=list(store.rank_logs(where, ids)), ids=list(ids))


def search(store: Store, query: LogSearch, before: int | None) -> LogPage:
    """Find the newest lines of any run that contain a text.

    Args:
        store: where they are.
        query: what is asked for.
        before: only lines older than this one.

    Raises:
        NotFound: there is no such flow run.
    """
    began = time.perf_counter()
    run = None if query.flow_run_id is None else store.get_flow_run(query.flow_run_id).id
    where = LogFilter(
        flow_run_id=run,
        level_from=query.level or None,
        contains=(query.q,),
        after_id=before,
        newest_first=True,
        at_from=_microseconds(query.since),
        at_before=_microseconds(query.until),
    )
    ids = store.find_log_ids(where, query.limit + 1)
    items = _lines(store, ids[: query.limit])[::-1]
    following = str(items[-1].id) if len(ids) > query.limit and items else None
    took = time.perf_counter() - began
    return LogPage(items=items, next_cursor=following, took=took)


def get_line(store: Store, log_id: int) -> LogLine | None:
    """Give a line whole."""
    found = store.get_log_lines([log_id])
    return _line(found[0], None) if found else None


def text_of(store: Store, where: LogFilter) -> Iterator[bytes]:
    """Write lines as text, a part at a time: time, level, run, message.

    Each part is a question of its own, so neither memory nor the store holds more.
    """
    where = where._replace(through_id=store.newest_ids()[1])
    while ids := store.find_log_ids(where, _IDS):
        where = where._replace(after_id=ids[-1])
        for at in range(0, len(ids), _PART):
            yield from _texts(store, ids[at : at + _PART])


def _texts(store: Store, ids: Sequence[int]) -> Iterator[bytes]:
    part = []
    for row in store.get_log_lines(ids, LONGEST):
        whole = row
        if row.length > LONGEST:
            # Alone, because it may be large.
            whole = next(iter(store.get_log_lines([row.id])), row)
        part.append(_as_text(whole))
        if whole is not row:
            yield "".join(part).encode("utf-8", "backslashreplace")
            part = []
    if part:
        yield "".join(part).encode("utf-8", "backslashreplace")


def _is_within(store: Store, inner: str, outer: str) -> bool:
    """Tell whether a flow run is another one, or nested in it."""
    above: str | None = inner
    while above is not None and above != outer:
        above = store.get_flow_run(above).parent_flow_run_id
    return above == outer


def _lines(store: Store, ids: Sequence[int]) -> list[LogLine]:
    return [_line(row, LONGEST) for row in store.get_log_lines(ids, LONGEST)]


def _line(row: rows.LogLine, longest: int | None) -> LogLine:
    timestamp = instant(row.at)
    assert timestamp is not None  # noqa: S101 - for mypy: every line has an instant
    return LogLine(
        id=row.id,
        timestamp=timestamp,
        level=row.level,
        logger=row.logger,
        message=row.message,
        length=row.length,
        is_cut=longest is not None and row.length > longest,
        flow_run_id=row.flow_run_id,
        flow_run_name=row.flow_run_name,
        task_run_id=None if row.index is None else f"{row.flow_run_id}-{row.index}",
        task_run_name=row.task_run_name,
    )


def _as_text(row: rows.LogLine) -> str:
    timestamp = instant(row.at)
    assert timestamp is not None  # noqa: S101 - as above
    level = next((name for number, name in _LEVELS if number == row.level), str(row.level))
    moment = timestamp.isoformat(timespec="milliseconds")
    return f"{moment}  {level:<8}  {row.task_run_name or row.flow_run_name}  {row.message}\n"


def _microseconds(moment: datetime | None) -> int | None:
    """Give an instant as the store has it; one without a zone is taken for UTC."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)
