"""Flows in a flow: each shop is a flow run of its own, inside of the run of the day.

python examples/nested_flows.py
penstock flow-run ls
"""

from penstock import flow, task

SALES = {"North": [120, 80, 45], "Harbour": [300, 15], "Market": [60, 75, 90, 20]}


@task
def add_up(sales):
    return sum(sales)


@flow(flow_run_name="shop-{shop}")
def count_shop(shop):
    return add_up(SALES[shop])


@flow
def count_day():
    totals = {shop: count_shop(shop) for shop in SALES}
    best = max(totals, key=totals.get)
    print(f"{sum(totals.values())} sold today, most of it in {best} ({totals[best]}).")
    return totals


if __name__ == "__main__":
    count_day()
