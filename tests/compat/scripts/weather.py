"""Async flows and tasks, gathered and submitted."""

import asyncio

from prefect import flow, get_run_logger, task


@task(retries=1)
async def forecast(city: str) -> str:
    await asyncio.sleep(0)
    get_run_logger().debug("asked for %s", city)
    return city.upper()


@task
def join(cities: list) -> str:
    return "+".join(cities)


@flow
async def region(name: str):
    first = await forecast(name)
    rest = await asyncio.gather(forecast("oslo"), forecast("rome"))
    submitted = forecast.submit("bern")
    return join([first, *rest, submitted.result()])


@flow(log_prints=True)
async def world():
    return await asyncio.gather(region("lima"), region("kiev"))


if __name__ == "__main__":
    print("RESULT", asyncio.run(world()))
