"""Bodies that tests execute in a process of their own: importable, and leaving witnesses.

Each writes a line into a file as soon as it begins, and one when it has come to its
end, so that a test sees what still runs behind the engine's back.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LONG = 60.0
#: A program that goes on leaving witnesses until it is ended.
BEATS = """if True:
    import sys, time
    while True:
        with open(sys.argv[1], "a") as file:
            file.write("beat\\n")
        time.sleep(0.02)
"""


def witness(file: Path, word: str) -> None:
    """Leave a word in a file."""
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"{word} {os.getpid()}\n")


def words(file: Path) -> list[str]:
    """Give the words that were left in a file."""
    return [line.split()[0] for line in lines(file)]


def lines(file: Path) -> list[str]:
    """Give what was left in a file, line by line."""
    return file.read_text("utf-8").splitlines() if file.exists() else []


def sleeps(folder: Path) -> None:
    witness(folder / "witness", "began")
    time.sleep(LONG)  # noqa: TID251 - what is being limited
    witness(folder / "witness", "ended")


def listens_to_silence(folder: Path) -> None:
    witness(folder / "witness", "began")
    with socket.create_server(("127.0.0.1", 0)) as server:
        talking = socket.create_connection(server.getsockname())
        silent, _ = server.accept()
        with talking, silent:
            talking.recv(1)
    witness(folder / "witness", "ended")


def computes_in_c(folder: Path) -> None:
    witness(folder / "witness", "began")
    hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 40_000_000)
    witness(folder / "witness", "ended")


def computes_in_python(folder: Path) -> None:
    witness(folder / "witness", "began")
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        witness(folder / "beats", "beat")
    witness(folder / "witness", "ended")


def starts_a_process(folder: Path) -> None:
    witness(folder / "witness", "began")
    subprocess.run([sys.executable, "-c", BEATS, str(folder / "beats")], check=True)
    witness(folder / "witness", "ended")


def holds_the_lock_of_python(folder: Path) -> None:
    import ctypes

    witness(folder / "witness", "began")
    ctypes.PyDLL(None).sleep(int(LONG))
    witness(folder / "witness", "ended")


def dies(number: int) -> None:
    os.kill(os.getpid(), number)


def dies_once(folder: Path) -> str:
    witness(folder / "witness", "began")
    if len(words(folder / "witness")) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def own_pid() -> int:
    return os.getpid()
