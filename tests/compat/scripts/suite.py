"""A test suite of flows, as one finds them: everything inside of the harness."""

import os

from prefect import flow, get_run_logger, task
from prefect.logging import disable_run_logger
from prefect.testing.utilities import prefect_test_harness


@task
def add(x, y):
    get_run_logger().info("adding")
    return x + y


@flow
def sums():
    return add(1, 2)


def test_plain_function():
    with disable_run_logger():
        assert sums() == 3


if __name__ == "__main__":
    sums()
    home = os.environ["PENSTOCK_HOME"]
    with prefect_test_harness(server_startup_timeout=60):
        inside = os.environ["PENSTOCK_HOME"]
        assert inside != home
        test_plain_function()
        assert os.path.exists(os.path.join(inside, "penstock.db"))
    assert os.environ["PENSTOCK_HOME"] == home
    print("RESULT", os.path.exists(inside))
