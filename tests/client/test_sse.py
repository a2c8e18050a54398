"""Server-sent events are read alike, wherever the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from penstock.client._sse import EventReader, Message

STREAM = (
    ": hello\n\nevent: hello\nid: 1:2:3\ndata: {}\n\n"
    "event: changes\nid: 4:5:6\ndata: é\ndata:second line\n\n"
    "id: 7:8:9\n\n"
    "data: last\nretry: 5\n\n"
    "event: cut off\ndata: never"
)
MESSAGES = [
    Message("hello", "{}", "1:2:3"),
    Message("changes", "é\nsecond line", "4:5:6"),
    Message("message", "last", "7:8:9"),
]


def read(bits: list[bytes]) -> list[Message]:
    reader = EventReader()
    return [message for one in bits for message in reader.feed(one)]


@given(
    end=st.sampled_from(["\n", "\r\n", "\r"]), cuts=st.lists(st.integers(0, len(STREAM.encode())))
)
def test_events_do_not_depend_on_where_the_bytes_are_cut(end: str, cuts: list[int]) -> None:
    stream = STREAM.replace("\n", end).encode()
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    bits = [stream[a:b] for a, b in pairwise(places)]

    assert read(bits) == MESSAGES


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    assert read([b"\xef\xbb\xbfdata: x\n\n"]) == [Message("message", "x", None)]
