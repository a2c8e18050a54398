"""An async flow: its tasks wait together, in one thread.

python examples/async_flow.py
"""

import asyncio
from time import perf_counter

from penstock import flow, task


@task(retries=2)
async def fetch_price(product):
    await asyncio.sleep(0.4)  # a slow web shop
    return len(product) * 1.25


@flow
async def shopping(products):
    prices = await asyncio.gather(*[fetch_price(product) for product in products])
    return sum(prices)


if __name__ == "__main__":
    began = perf_counter()
    total = asyncio.run(shopping(["apples", "bread", "cheese", "dates"]))
    print(f"{total:.2f} for everything, after {perf_counter() - began:.1f} s")
