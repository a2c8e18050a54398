"""A nightly load, as most first scripts look: names, retries, prints, a secret for later."""

import os
from datetime import timedelta

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.blocks.system import Secret
from prefect.tasks import exponential_backoff, task_input_hash

attempts = []


@task(name="Fetch orders", retries=2, retry_delay_seconds=0, tags=["shop"])
def fetch_orders(shop: str):
    attempts.append(shop)
    if len(attempts) < 2:
        raise ConnectionError("shop is asleep")
    return [{"id": number, "net": number * 10} for number in range(1, 4)]


@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(hours=1), persist_result=True)
def add_tax(orders: list, rate: float = 0.2):
    return [{**order, "gross": order["net"] * (1 + rate)} for order in orders]


@task(log_prints=True, retries=1, retry_delay_seconds=exponential_backoff(backoff_factor=1))
def load(orders: list) -> int:
    logger = get_run_logger()
    logger.info("loading %d orders", len(orders))
    print(f"first is {orders[0]['id']}")
    return len(orders)


def password():
    return os.environ.get("SHOP_PASSWORD") or Secret.load("shop-password").get()


@flow(name="Nightly orders", description="Loads the orders of one shop", log_prints=True)
def nightly(shop: str = "north", rate: float = 0.2):
    orders = fetch_orders(shop)
    taxed = add_tax(orders, rate=rate)
    count = load(taxed)
    print(f"{shop}: {count} orders, gross {sum(o['gross'] for o in taxed):.1f}")
    return count


if __name__ == "__main__":
    print("RESULT", nightly(rate="0.5"), len(attempts), bool(password()))
