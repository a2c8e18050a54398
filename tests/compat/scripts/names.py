"""Run names, tags and what a run can know of itself."""

import datetime

import prefect
import prefect.runtime.flow_run
from prefect import flow, runtime, tags, task
from prefect.context import FlowRunContext, TaskRunContext, get_run_context
from prefect.logging import get_logger
from prefect.logging.loggers import get_run_logger
from prefect.runtime import deployment, flow_run, task_run

LABEL = "seven"


def name_of_run():
    return f"daily-{LABEL}"


def name_of_task():
    return f"other-{LABEL}"


@task(task_run_name="step-{number}")
def step(number):
    assert get_run_context().task_run.name == task_run.name
    assert TaskRunContext.get().task.name == "step"
    return task_run.name


@task(task_run_name=name_of_task)
def other(number):
    return runtime.task_run.name


@flow(flow_run_name=name_of_run, version="7")
def daily(day: datetime.date, labels: list = None):
    assert prefect.runtime.flow_run.id == flow_run.id == FlowRunContext.get().flow_run.id
    assert deployment.name is None
    get_run_logger().info("run of %s", prefect.runtime.flow_run.name)
    with tags("night"):
        return runtime.flow_run.name, step(number=1), other(number=2), flow_run.run_count


@flow(flow_run_name="{shop}-{day:%Y%m%d}")
def shop_day(shop: str, day: datetime.date):
    return flow_run.name, sorted(flow_run.tags)


if __name__ == "__main__":
    get_logger(__name__).info("outside of a run: %s", flow_run.name)
    print("RESULT", daily(day=datetime.date(2024, 5, 6)))
    with tags("a", "b"):
        print("RESULT", shop_day("north", "2024-05-06"))
    print("VERSION", prefect.__version__.startswith("3."))
