"""The journal: its format, its files, and the way from it into a store."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock._ids import new_id
from penstock._journal import segment as segments
from penstock._journal.frames import decode_frames, encode_frame
from penstock._journal.recorder import MOST_EVENTS, WAKE_EVENTS, Recorder, make_owner
from penstock._journal.segment import FIRST_BYTES, LARGEST_BYTES, Segment, read_segment
from penstock._journal.writer import MOST_IN_BATCH, Writer
from penstock.errors import StoreBusy, StoreFull, StoreReadOnly
from penstock.events import LOG_WRITTEN, LogWritten
from penstock.stores.protocol import Ack, Batch

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(30)

plain = (
    st.none()
    | st.integers()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.floats(allow_nan=False)
)
frames = st.lists(st.tuples(st.integers(1, 9), plain, plain), max_size=12)

FLOW_RUN = new_id()


def event(number: int, text: str = "line") -> LogWritten:
    return LogWritten(LOG_WRITTEN, FLOW_RUN, number, None, 20, "test", text)


# ---- frames ----


def values_of(data: bytes) -> list[tuple[Any, ...]]:
    return [values for _, values in decode_frames(data)]


@given(frames)
def test_frames_come_back_as_they_were(written: list[tuple[Any, ...]]) -> None:
    data = b"".join(map(encode_frame, written))

    assert values_of(data) == written


@given(frames, st.data())
def test_any_cut_gives_a_prefix_and_no_error(
    written: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    whole = b"".join(map(encode_frame, written))
    cut = data.draw(st.integers(0, len(whole)))

    found = values_of(whole[:cut])
    zeroed = values_of(whole[:cut] + bytes(len(whole) - cut))

    assert found == written[: len(found)]
    assert zeroed == found
    assert (len(found) == len(written)) == (cut == len(whole))


@given(frames.filter(bool), st.data())
def test_a_changed_byte_ends_the_reading_at_its_frame(
    written: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    whole = bytearray(b"".join(map(encode_frame, written)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))

    ends = [end for end, _ in decode_frames(bytes(whole))]

    assert all(end <= place for end in ends)


@given(st.binary(max_size=200))
def test_noise_is_not_an_error(noise: bytes) -> None:
    values_of(noise)


def test_a_reader_may_begin_at_the_end_of_any_frame() -> None:
    written = [(1, "a"), (2, "bb"), (3, "ccc")]
    data = b"".join(map(encode_frame, written))
    first_end = next(decode_frames(data))[0]

    assert [values for _, values in decode_frames(data, first_end)] == written[1:]


@pytest.mark.parametrize("value", [Path("x"), len, ValueError("no"), LogWritten])
def test_a_class_in_a_frame_is_refused(value: Any) -> None:
    frame = encode_frame((1, value))

    with pytest.raises(pickle.UnpicklingError, match=r"names a class \(.+\); it holds plain"):
        values_of(frame)


# ---- segments ----


def open_segment(folder: Path, size: int = FIRST_BYTES, base: int = 0) -> Segment:
    return Segment(str(folder / "x-0.journal"), size, base, ("format", "owner"))


def test_a_segment_holds_its_header_and_its_frames(tmp_path: Path) -> None:
    segment = open_segment(tmp_path, base=1000)
    lsns = [segment.append(encode_frame((n, "x" * n))) for n in range(5)]

    header, found = read_segment(segment.path)

    assert header == ("format", "owner", 1000)
    assert found == [(lsn, (n, "x" * n)) for n, lsn in enumerate(lsns)]
    assert lsns == sorted(lsns)


def test_a_segment_takes_what_fits_and_not_a_byte_more(tmp_path: Path) -> None:
    segment = open_segment(tmp_path, size=1000)
    room = 1000 - segment.position - 8

    assert segment.fits(room)
    assert not segment.fits(room + 1)


def test_a_full_segment_reads_back(tmp_path: Path) -> None:
    segment = open_segment(tmp_path, size=4096)
    count = 0
    frame = encode_frame(("x" * 50,))
    while segment.fits(len(frame)):
        segment.append(frame)
        count += 1

    assert len(read_segment(segment.path)[1]) == count


def test_an_empty_or_torn_file_gives_nothing(tmp_path: Path) -> None:
    for content in (b"", bytes(100), encode_frame(("format", 0))[:-1]):
        path = tmp_path / "torn.journal"
        path.write_bytes(content)

        assert read_segment(str(path)) == ((), [])


def test_a_segment_is_for_its_owner_only(tmp_path: Path) -> None:
    segment = open_segment(tmp_path)

    assert Path(segment.path).stat().st_mode & 0o077 == 0


def test_a_segment_never_overwrites_a_file(tmp_path: Path) -> None:
    open_segment(tmp_path)

    with pytest.raises(Exception, match="journal"):
        open_segment(tmp_path)


def test_a_full_disk_is_an_error_that_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments.os, "posix_fallocate", refuse, raising=False)

    with pytest.raises(StoreFull, match="no space is left for the journal"):
        open_segment(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreReadOnly, match="file/journal"):
        Recorder(str(tmp_path / "file" / "journal"), make_owner(), "memory:")


# ---- the recorder ----


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Name a folder for journals."""
    return tmp_path / "journal"


@pytest.fixture
def recorder(folder: Path) -> Any:
    """Open a journal."""
    made = Recorder(str(folder), make_owner(), "memory:")
    yield made
    made.close(remove=False)


def on_disk(recorder: Recorder) -> list[tuple[int, tuple[Any, ...]]]:
    return [pair for path in recorder.files() for pair in read_segment(path)[1]]


def test_an_event_is_on_disk_when_emit_returns(recorder: Recorder) -> None:
    for number in range(3):
        recorder.emit(event(number))
        assert on_disk(recorder)[-1] == (recorder.lsn, tuple(event(number)))


def test_the_queue_and_the_files_tell_the_same_story(recorder: Recorder) -> None:
    for number in range(5000):
        recorder.emit(event(number, "x" * (number % 300)))

    assert [(lsn, tuple(e)) for lsn, e in recorder.queue] == on_disk(recorder)


def test_positions_grow_across_files(recorder: Recorder) -> None:
    for number in range(5000):
        recorder.emit(event(number, "x" * 100))

    lsns = [lsn for lsn, _ in on_disk(recorder)]

    assert len(recorder.files()) > 2
    assert lsns == sorted(set(lsns))


def test_files_grow_fourfold_up_to_a_limit(recorder: Recorder) -> None:
    while len(recorder.files()) < 6:
        recorder.emit(event(0, "x" * 60_000))

    sizes = [Path(path).stat().st_size for path in recorder.files()]

    assert sizes == [min(FIRST_BYTES * 4**n, LARGEST_BYTES) for n in range(6)]


def test_an_event_larger_than_a_file_gets_a_file_of_its_size(recorder: Recorder) -> None:
    text = "x" * (LARGEST_BYTES + 1)

    recorder.emit(event(1, text))
    recorder.emit(event(2))

    assert [values[2] for _, values in on_disk(recorder)] == [1, 2]


def test_files_go_when_all_they_hold_is_in_the_store(recorder: Recorder) -> None:
    while len(recorder.files()) < 4:
        recorder.emit(event(0, "x" * 10_000))
    files = recorder.files()
    ends = [read_segment(path)[1][-1][0] for path in files[:-1]]

    recorder.acknowledge(ends[0] - 1)
    assert recorder.files() == files
    recorder.acknowledge(recorder.lsn)

    assert recorder.files() == files[-1:]
    assert not Path(files[0]).exists()


def test_files_stay_while_one_event_in_them_is_not_in_the_store(recorder: Recorder) -> None:
    while len(recorder.files()) < 3:
        recorder.emit(event(0, "x" * 10_000))
    second = recorder.files()[1]
    before_last = read_segment(second)[1][-2][0]

    recorder.acknowledge(before_last)

    assert recorder.files()[0] == second


def test_closing_removes_the_files_or_leaves_them(folder: Path) -> None:
    kept = Recorder(str(folder), make_owner(), "memory:")
    kept.emit(event(1))
    kept.close(remove=False)
    left = sorted(path.name for path in folder.iterdir() if kept.owner.incarnation in path.name)
    gone = Recorder(str(folder), make_owner(), "memory:")
    gone.close(remove=True)

    assert left == [f"{kept.owner.incarnation}-0.journal", f"{kept.owner.incarnation}.lock"]
    assert not [path for path in folder.iterdir() if gone.owner.incarnation in path.name]


def test_threads_write_one_journal_in_one_order(recorder: Recorder) -> None:
    barrier = threading.Barrier(4)

    def emit(part: int) -> None:
        barrier.wait(10)
        for number in range(500):
            recorder.emit(event(part * 1000 + number))

    writers = [threading.Thread(target=emit, args=(part,)) for part in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(10)

    assert [(lsn, tuple(e)) for lsn, e in recorder.queue] == on_disk(recorder)
    numbers = [values[2] for _, values in on_disk(recorder)]
    for part in range(4):
        assert [n for n in numbers if n // 1000 == part] == [part * 1000 + n for n in range(500)]


def test_without_a_folder_there_are_no_files(tmp_path: Path) -> None:
    recorder = Recorder(None, make_owner(), "memory:")

    recorder.emit(event(1))
    recorder.emit(event(2))

    assert [lsn for lsn, _ in recorder.queue] == [1, 2]
    assert recorder.files() == []
    recorder.close(remove=True)


# ---- the writer ----


class Shelf:
    """A store that keeps events, and fails as often as it is told to."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.batches: list[int] = []
        self.failures = 0
        self.refuse: Callable[[], Exception] = lambda: StoreBusy("shelf", "it is busy")
        self.open = threading.Event()
        self.open.set()
        self.tried = threading.Semaphore(0)

    def write(self, batch: Batch) -> Ack:
        self.tried.release()
        assert self.open.wait(20)
        if self.failures:
            self.failures -= 1
            raise self.refuse()
        self.events += [e for _, e in batch.events]
        self.batches.append(len(batch.events))
        return Ack(batch.events[-1][0], ())

    def read_events(self, after: int, limit: int) -> Any:
        raise NotImplementedError


class Told:
    """What a writer says."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.stored: list[int] = []


@pytest.fixture
def shelf() -> Shelf:
    """Make a store."""
    return Shelf()


@pytest.fixture
def told() -> Told:
    """Listen to the writer."""
    return Told()


@pytest.fixture
def writer(recorder: Recorder, shelf: Shelf, told: Told) -> Any:
    """Start a writer between the two."""
    made = Writer(recorder, shelf, told.complaints.append, told.stored.append)
    yield made
    shelf.open.set()
    shelf.failures = 0
    made.stop(5)


def test_events_arrive_in_their_order(writer: Writer, recorder: Recorder, shelf: Shelf) -> None:
    for number in range(12_000):
        recorder.emit(event(number))

    assert writer.flush(20)

    assert [e.at for e in shelf.events] == list(range(12_000))
    assert max(shelf.batches) <= MOST_IN_BATCH


def test_events_arrive_without_a_flush(writer: Writer, recorder: Recorder, shelf: Shelf) -> None:
    recorder.emit(event(1))

    assert shelf.tried.acquire(timeout=10)


def test_one_who_comes_late_wakes_the_writer_again(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    for number in range(20):
        recorder.emit(event(number))
        assert shelf.tried.acquire(timeout=10)
    assert writer.flush(10)

    assert [e.at for e in shelf.events] == list(range(20))


def test_a_flush_of_nothing_is_done(writer: Writer) -> None:
    assert writer.flush(0)


def test_a_batch_that_fails_is_kept_and_tried_again_in_order(
    writer: Writer, recorder: Recorder, shelf: Shelf, told: Told
) -> None:
    shelf.failures = 2
    for number in range(100):
        recorder.emit(event(number))

    assert writer.flush(20)

    assert [e.at for e in shelf.events] == list(range(100))
    assert len(told.complaints) == 1
    assert "shelf: it is busy" in told.complaints[0]
    assert writer.trouble is None
    assert told.stored == sorted(told.stored)
    assert told.stored[-1] == recorder.lsn


def test_a_store_that_is_away_is_given_up_in_time_and_nothing_is_lost(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    shelf.failures = 1_000_000
    recorder.emit(event(7))

    assert not writer.flush(0.1)

    assert isinstance(writer.trouble, StoreBusy)
    assert [values[2] for _, values in on_disk(recorder)] == [7]
    shelf.failures = 0
    assert writer.flush(20)
    assert [e.at for e in shelf.events] == [7]


def test_an_error_of_any_kind_keeps_the_batch_and_the_writer(
    writer: Writer, recorder: Recorder, shelf: Shelf, told: Told
) -> None:
    """A store may fail in ways nobody foresaw: a surrogate in a text, a bug of ours."""
    shelf.failures = 2
    shelf.refuse = lambda: UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")
    recorder.emit(event(1))

    assert writer.flush(20)

    assert [e.at for e in shelf.events] == [1]
    assert len(told.complaints) == 1


def test_events_wait_in_bounded_number_for_a_slow_store(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    shelf.open.clear()
    recorder.emit(event(0))
    assert shelf.tried.acquire(timeout=10)
    going_on = threading.Event()

    def emit() -> None:
        for number in range(1, MOST_EVENTS + 100):
            recorder.emit(event(number))
        going_on.set()

    thread = threading.Thread(target=emit)
    thread.start()
    assert not going_on.wait(0.5)
    assert len(recorder.queue) <= MOST_EVENTS
    shelf.open.set()
    thread.join(20)

    assert going_on.is_set()
    assert writer.flush(20)
    assert [e.at for e in shelf.events] == list(range(MOST_EVENTS + 100))


def test_many_waiting_events_do_not_wait_for_the_gathering(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    for number in range(WAKE_EVENTS * 3):
        recorder.emit(event(number))
    assert writer.flush(20)

    assert len(shelf.batches) <= 10


def test_stopping_brings_everything_in_and_ends_the_thread(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    recorder.emit(event(1))

    assert writer.stop(10)

    assert len(shelf.events) == 1
    assert writer._thread is not None
    assert not writer._thread.is_alive()


def test_two_flushes_at_once_write_each_event_once(
    writer: Writer, recorder: Recorder, shelf: Shelf
) -> None:
    for number in range(20_000):
        recorder.emit(event(number))
    flushers = [threading.Thread(target=writer.flush, args=(20,)) for _ in range(4)]
    for flusher in flushers:
        flusher.start()
    for flusher in flushers:
        flusher.join(20)

    assert [e.at for e in shelf.events] == list(range(20_000))
