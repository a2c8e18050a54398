"""Who is dead: judged from rows and one's own watch alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penstock._journal.liveness import LEASE_SECONDS, RENEW_SECONDS, Death, Watch
from penstock.stores.rows import ProcessRow

HOST, BOOT = "here", "boot-1"


def process(
    name: str = "a", host: str = "there", boot: str = "boot-9", seen: int = 0
) -> ProcessRow:
    """Describe a process that owns an open run."""
    return ProcessRow(name, host, 4711, 12.5, boot, 100, seen)


def nobody_asks(_pid: int, _started: float) -> bool | None:
    raise AssertionError("a pid means nothing on another machine")


def look_each_second(watch: Watch, row: ProcessRow, start: float, seconds: int) -> list[Death]:
    """Look for so long at a process that gives no sign of life."""
    return [
        death
        for second in range(seconds + 1)
        for death in watch.look([row], start + second, nobody_asks)
    ]


def test_a_process_elsewhere_is_dead_when_its_sign_has_not_changed_for_a_lease() -> None:
    watch = Watch(HOST, BOOT)

    assert look_each_second(watch, process(), 100.0, 14) == []
    (death,) = watch.look([process()], 115.0, nobody_asks)

    assert death == Death(process(), "no sign of life from host there for 15 s", is_certain=False)


def test_a_process_that_is_seen_for_the_first_time_is_not_dead_however_old_its_sign() -> None:
    assert Watch(HOST, BOOT).look([process(seen=1)], 10**9, nobody_asks) == []


@given(signs=st.lists(st.integers(-(2**62), 2**62), min_size=5, max_size=40, unique=True))
def test_whatever_clock_a_process_has_it_lives_while_its_sign_changes(signs: list[int]) -> None:
    watch = Watch(HOST, BOOT)

    for turn, seen in enumerate(signs):
        row = process(seen=seen)
        assert look_each_second(watch, row, turn * RENEW_SECONDS, int(RENEW_SECONDS) - 1) == []


@given(
    gaps=st.lists(st.floats(0.1, 60.0), min_size=1, max_size=60),
    standing=st.integers(0, 59),
)
def test_what_was_not_watched_proves_nothing(gaps: list[float], standing: int) -> None:
    watch = Watch(HOST, BOOT)
    now = 0.0
    watched = 0.0

    watch.look([process()], now, nobody_asks)
    for number, gap in enumerate(gaps):
        gap = 600.0 if number == standing else gap  # noqa: PLW2901 - the machine was asleep
        now += gap
        watched = watched + gap if gap <= 5.0 else 0.0
        deaths = watch.look([process()], now, nobody_asks)
        assert not deaths or watched >= LEASE_SECONDS - 1e-6


def test_a_process_of_this_machine_lives_as_long_as_its_pid_does() -> None:
    watch = Watch(HOST, BOOT)
    row = process(host=HOST, boot=BOOT)

    for second in range(120):
        assert watch.look([row], float(second), lambda _pid, _started: False) == []


def test_a_process_of_this_machine_whose_pid_is_gone_is_dead_at_once() -> None:
    row = process(host=HOST, boot=BOOT)

    assert Watch(HOST, BOOT).look([row], 0.0, lambda pid, started: (pid, started) == (4711, 12.5))


def test_where_nobody_may_know_of_a_pid_silence_tells() -> None:
    watch = Watch(HOST, BOOT)
    row = process(host=HOST, boot=BOOT)

    deaths = [watch.look([row], float(second), lambda _pid, _start: None) for second in range(16)]

    assert [bool(found) for found in deaths] == [False] * 15 + [True]


def test_a_process_of_an_earlier_boot_is_dead_at_once() -> None:
    row = process(host=HOST, boot="boot-0")

    assert Watch(HOST, BOOT).look([row], 0.0, nobody_asks) == [
        Death(row, "the machine was restarted", is_certain=True)
    ]


def test_a_container_with_pids_of_its_own_is_judged_by_its_silence() -> None:
    row = process(host=HOST, boot=f"{BOOT}+pid:[4026532001]")

    assert Watch(HOST, BOOT).look([row], 0.0, nobody_asks) == []


def test_what_was_seen_of_processes_that_ended_is_forgotten() -> None:
    watch = Watch(HOST, BOOT)
    look_each_second(watch, process(), 0.0, 10)
    watch.look([], 11.0, nobody_asks)

    assert look_each_second(watch, process(), 12.0, 14) == []


def test_a_process_gives_three_signs_of_life_in_the_time_that_it_has() -> None:
    """pgqueuer #431: the one was close to the other, and the living were taken for dead."""
    assert LEASE_SECONDS >= 3 * RENEW_SECONDS
