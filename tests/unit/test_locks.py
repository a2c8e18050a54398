"""A lock taken with `take` is exclusive, and is waited for when its holder is slow."""

from __future__ import annotations

import threading

from penstock._locks import take


def test_one_thread_at_a_time_holds_it() -> None:
    lock = threading.Lock()
    inside: list[int] = []
    most: list[int] = []

    def pass_through() -> None:
        for _ in range(500):
            take(lock)
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            lock.release()

    threads = [threading.Thread(target=pass_through) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(most) == 8 * 500
    assert max(most) == 1


def test_a_slow_holder_is_waited_for() -> None:
    lock = threading.Lock()
    lock.acquire()
    got = threading.Event()

    def wait() -> None:
        take(lock)
        got.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not got.wait(0.05)
    lock.release()

    assert got.wait(10)
    thread.join()
