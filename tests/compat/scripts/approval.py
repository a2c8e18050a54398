"""A flow that waits for a person, and a bot that answers, as a script for Prefect has them."""

import asyncio
from datetime import date

from prefect import flow, pause_flow_run
from prefect.exceptions import NotPausedError
from prefect.flow_runs import resume_flow_run
from prefect.input import RunInput
from prefect.runtime import flow_run


class Order(RunInput):
    day: date
    rows: int = 10


async def answer(flow_run_id, run_input):
    while True:
        try:
            return await resume_flow_run(flow_run_id, run_input=run_input)
        except NotPausedError:
            await asyncio.sleep(0.05)


@flow
async def order():
    bot = asyncio.create_task(answer(flow_run.id, {"rows": 3}))
    asked = Order.with_initial_data(description="Which day?", day=date(2024, 5, 6))
    entered = await pause_flow_run(wait_for_input=asked, timeout=300)
    await bot
    bot = asyncio.create_task(answer(flow_run.id, None))
    nothing = await pause_flow_run(timeout=300, poll_interval=1, key="again")
    await bot
    return f"load {entered.rows} rows of {entered.day}", nothing


if __name__ == "__main__":
    print("RESULT", asyncio.run(order()))
