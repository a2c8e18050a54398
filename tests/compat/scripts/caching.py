"""Caching across calls: policies, key functions, expiry, refresh."""

from datetime import timedelta

from prefect import flow, task
from prefect.cache_policies import DEFAULT, INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE
from prefect.tasks import task_input_hash


def by_day(context, parameters):
    return f"{context.task.name}-{parameters['day']}"


@task(cache_policy=INPUTS + TASK_SOURCE, cache_expiration=timedelta(minutes=5))
def slow(x):
    print("CALLED slow")
    return x * 2


@task(cache_policy=NO_CACHE)
def never(x):
    print("CALLED never")
    return x


@task(cache_policy=INPUTS + RUN_ID)
def once_a_run(x):
    print("CALLED once")
    return x


@task(cache_key_fn=by_day, persist_result=True, result_storage_key="day-{parameters[day]}.pkl")
def daily(day, note):
    print("CALLED daily")
    return note


@task(cache_key_fn=task_input_hash, refresh_cache=True)
def fresh(x):
    print("CALLED fresh")
    return x


@flow(persist_result=True, cache_result_in_memory=False)
def pipeline(x: int = 1):
    pairs = [(slow(x), slow(x)), (never(x), never(x)), (once_a_run(x), once_a_run(x))]
    return pairs, daily("mon", note=1), daily("mon", note=2), fresh(x), fresh(x)


if __name__ == "__main__":
    print("RESULT", pipeline())
    pipeline()
