"""Many small tasks side by side: map, submit, futures, failures that are looked at."""

from prefect import allow_failure, flow, task, unmapped
from prefect.futures import PrefectFuture, as_completed, wait
from prefect.task_runners import ConcurrentTaskRunner, SequentialTaskRunner, ThreadPoolTaskRunner


@task
def read(station: int, unit: str) -> float:
    if station == 3:
        raise ValueError("station 3 is broken")
    return station * 1.5


@task
def repair(value):
    return 0.0 if isinstance(value, Exception) else value


@task
def total(values: list, note: str = "") -> float:
    return sum(values)


@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
def hourly(stations: list[int]):
    futures = read.map(stations, unit=unmapped("mm"))
    repaired = repair.map([allow_failure(future) for future in futures])
    summed = total.submit(repaired.result(), wait_for=repaired)
    bad = [f.result(raise_on_failure=False) for f in futures if f.state.is_failed()]
    return summed.result(), len(bad)


@flow(task_runner=ConcurrentTaskRunner())
def states():
    state = read(1, "mm", return_state=True)
    failed = read.submit(3, "mm", return_state=True)
    return state.is_completed(), state.result(), failed.is_failed(), failed.name


@flow(task_runner=SequentialTaskRunner)
def in_order():
    futures = [read.submit(number, "mm") for number in (2, 4)]
    done, not_done = wait(futures)
    assert all(isinstance(future, PrefectFuture) for future in done)
    return sorted(f.result() for f in as_completed(futures)), len(not_done)


@flow(retries=1, retry_delay_seconds=0)
def parent():
    return hourly(stations=[1, 2, 3, 4]), states(), in_order()


if __name__ == "__main__":
    print("RESULT", parent())
    broken = parent.with_options(name="broken", retries=0)
    print("NAMES", parent.name, broken.name, read.fn(2, "mm"), total.fn([1, 2]))
