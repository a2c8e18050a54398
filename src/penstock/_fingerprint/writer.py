"""Canonical bytes of Python values: equal content gives equal bytes, in every process.

Pickle cannot serve here: its memo depends on which objects are shared, sets and
dicts come in any order, and connections or locks fail with words nobody expects.
What a type is written as stands in `kinds`; arrays and frames are in `arrays`.
How functions and classes are printed is passed in (`code`), because the code of
a function reads values, too.

The invariant: nothing that is written depends on an object's identity, on hash
order or on sharing. Only for objects in a cycle does sharing count.
"""

from __future__ import annotations

from hashlib import blake2b, sha256
from marshal import dumps
from operator import itemgetter
from sys import maxsize
from typing import TYPE_CHECKING, Any, Final

from penstock._fingerprint.arrays import LARGE_BYTES
from penstock._fingerprint.kinds import SORTABLE, find_writer
from penstock._fingerprint.stable import ATOMS, Unstable, type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    Write: TypeAlias = Callable[["Writer", Any], None]

__all__ = ["MARSHAL_VERSION", "Writer", "sample"]

#: Marshal of version 2 has no references and no interned strings (both came with 3),
#: so equal values give equal bytes; and it writes floats as bits, 20 times faster than 0.
MARSHAL_VERSION: Final = 2

#: Each level takes up to seven Python frames, and the caller's own stack needs room.
_DEEPEST: Final = 100

_SAMPLES: Final = 64
_SAMPLE_BYTES: Final = 4096


_first: Final = itemgetter(0)


def sample(size: int, read: Callable[[int, int], Any]) -> bytes:
    """Print a large buffer by its length and by pieces of it, evenly spread.

    64 pieces of 4 KiB see every change of a whole, such as another file or
    another day of data, but not each change of a single number.

    Args:
        size: bytes in all.
        read: gives the bytes from one offset to another.
    """
    last = size - _SAMPLE_BYTES
    hasher = blake2b(b"%d" % size, digest_size=16)
    for number in range(_SAMPLES):
        start = last * number // (_SAMPLES - 1)
        hasher.update(read(start, start + _SAMPLE_BYTES))
    return hasher.digest()


class Writer:
    """Writes values, one after the other, into `out`.

    Containers and objects are written as digests, each once: shared ones cost
    nothing more. Cycles are found as Tarjan finds them: an object whose content
    refers to nothing above it is closed, and its digest holds everywhere; inside
    of a cycle, references are distances in the order of the walk.
    """

    __slots__ = (
        "out",
        "limit",
        "most",
        "code",
        "written",
        "_count",
        "_depth",
        "_low",
        "_open",
        "_stack",
        "_done",
    )

    def __init__(
        self, code: Callable[[Any], bytes], limit: int | None = None, most: int = maxsize
    ) -> None:
        self.out = bytearray()
        #: buffers of more bytes than this are sampled
        self.limit = maxsize if limit is None else limit
        #: containers and objects that may be read before it is too much
        self.most = most
        #: prints a function, a class or a code object
        self.code = code
        #: bytes that were read, about
        self.written = 0
        self._count = 0
        self._depth = 0
        self._low = 0
        #: id -> number of each object that is being written or is part of an open cycle
        self._open: dict[int, int] = {}
        self._stack: list[Any] = []
        #: id -> what stands for the object, how many objects are in it, and the object itself
        #: (kept, so that nothing else gets its id)
        self._done: dict[int, tuple[bytes, int, Any]] = {}

    def digest(self) -> bytes:
        """Give the print of all that was written."""
        self.written += len(self.out)
        return blake2b(self.out, digest_size=16).digest()

    def write(self, value: Any) -> None:
        """Append the canonical bytes of a value.

        Raises:
            Unstable: the value, or something in it, has no stable content.
        """
        kind = type(value)
        if kind in ATOMS:
            self.plain(value)
            return
        find_writer(kind)(self, value)  # type: ignore[arg-type]  # a type can be hashed

    def plain(self, value: Any) -> None:
        """Append an atom, or a list of nothing but atoms."""
        kind = type(value)
        if kind is bytes and len(value) > LARGE_BYTES:
            self.buffer(value)
            return
        try:
            self.out += dumps(value, MARSHAL_VERSION)
        except ValueError:  # 2 GiB and more
            if kind is str:
                self.text("long str")
                self.buffer(value.encode("utf-8", "surrogatepass"))
                return
            self.items(value)

    def text(self, name: str) -> None:
        """Append a name of ours: of a type, of a field."""
        data = name.encode("utf-8", "surrogatepass")
        self.out += b"@%d:" % len(data)
        self.out += data

    def buffer(self, data: Any, limit: int | None = None) -> None:
        """Append contiguous bytes, without a copy; samples of them if they are too many."""
        view = memoryview(data).cast("B") if len(data) else memoryview(b"")
        size = len(view)
        self.written += size
        if self.is_sampled(size, limit):
            self.samples(size, lambda start, stop: view[start:stop])
            return
        large = size > LARGE_BYTES
        digest = sha256(view).digest() if large else blake2b(view, digest_size=16).digest()
        self.out += b"b%d:" % size + digest

    def samples(self, size: int, read: Callable[[int, int], Any]) -> None:
        """Append samples of a buffer."""
        self.out += b"~%d:" % size + sample(size, read)

    def is_sampled(self, size: int, limit: int | None = None) -> bool:
        """Tell whether a buffer of this size is sampled."""
        limit = self.limit if limit is None else limit
        return size > limit and size > _SAMPLES * _SAMPLE_BYTES

    def nest(self, value: Any, write: Write) -> None:
        """Append what a container holds, as one digest, or a reference to where it stands."""
        me = id(value)
        known = self._done.get(me)
        if known is not None:
            self.out += known[0]
            self._count += known[1]
            return
        number = self._open.get(me)
        if number is not None:
            self._low = min(self._low, number)
            self.out += b"^%d;" % (self._count - number)
            return
        if self._depth == _DEEPEST:
            reason = f"is nested more than {_DEEPEST} levels deep"
            raise Unstable("", type_name(type(value)), reason)
        if len(self._done) >= self.most:
            raise Unstable("", type_name(type(value)), f"holds more than {self.most} objects")
        outer, low = self.out, self._low
        self._count += 1
        self._low = self._open[me] = number = self._count
        self._stack.append(value)
        self._depth += 1
        self.out = bytearray()
        write(self, value)
        mark = b"#" + self.digest()
        self._depth -= 1
        self.out = outer
        self.out += mark
        if self._low == number:
            self._close(number, mark)
            self._low = low
        else:
            self._low = min(low, self._low)

    def _close(self, number: int, mark: bytes) -> None:
        """Note the digests of a finished object and of those in a cycle with it."""
        while True:
            member = self._stack.pop()
            its_number = self._open.pop(id(member))
            if its_number == number:
                self._done[id(member)] = mark, self._count - number + 1, member
                return
            inner = blake2b(b"%d" % (its_number - number) + mark, digest_size=16).digest()
            self._done[id(member)] = b"#" + inner, 1, member

    def apart(self, items: Iterable[Any], write: Write) -> None:
        """Append things that have no order: each written as if it were the only one."""
        outer, count, height = self.out, self._count, len(self._stack)
        parts = []
        for item in items:
            self.out, self._count = bytearray(), count
            write(self, item)
            parts.append(bytes(self.out))
            while len(self._stack) > height:
                del self._open[id(self._stack.pop())]
        parts.sort()
        self.out, self._count = outer, count + len(parts)
        self.out += b"%d;" % len(parts)
        self.out += b"".join(parts)

    def items(self, values: Iterable[Any]) -> None:
        """Append things in their order, and how many they are."""
        index = -1
        try:
            for index, value in enumerate(values):  # noqa: B007 - the handler reads it
                self.write(value)
        except Unstable as problem:
            raise problem.inside(f"[{index}]") from None
        self.out += b"!%d;" % (index + 1)

    def pairs(self, mapping: Mapping[Any, Any], form: str = "[{!r}]") -> None:
        """Append the pairs of a dict, whatever their order."""
        kinds = set(map(type, mapping))
        if kinds in SORTABLE:
            pairs = sorted(mapping.items(), key=_first)
            if ATOMS.issuperset(map(type, mapping.values())):
                self.out += b"="
                self.plain(pairs)
                return
            self.out += b":%d;" % len(pairs)
            for key, value in pairs:
                self.plain(key)
                try:
                    self.write(value)
                except Unstable as problem:
                    raise problem.inside(form.format(key)) from None
            return
        self.out += b"?"
        self.apart(mapping.items(), _write_pair)

    def fields(self, mapping: dict[str, Any]) -> None:
        """Append the attributes of an object."""
        self.pairs(mapping, ".{}")


def _write_pair(writer: Writer, pair: tuple[Any, Any]) -> None:
    writer.write(pair[0])
    try:
        writer.write(pair[1])
    except Unstable as problem:
        raise problem.inside(f"[{pair[0]!r}]") from None
