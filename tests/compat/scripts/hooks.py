"""States: returned, inspected, watched by hooks, raised."""

from prefect import State, flow, task
from prefect.client.schemas.objects import FlowRun, TaskRun
from prefect.exceptions import MissingContextError, ObjectNotFound, PrefectHTTPStatusError
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed

seen = []


def on_task_end(task, task_run: TaskRun, state: State):
    seen.append((task.name, state.name))


def on_flow_end(flow, flow_run: FlowRun, state: State):
    seen.append((flow.name, state.type.value))


@task(on_completion=[on_task_end], on_failure=[on_task_end])
def check(number: int):
    if number > 2:
        return Failed(message=f"{number} is too large")
    return number


@flow(on_completion=[on_flow_end], on_failure=[on_flow_end], on_crashed=[on_flow_end])
def checks(numbers: list):
    states = [check(number, return_state=True) for number in numbers]
    if any(state.is_failed() for state in states):
        return Failed(message="at least one is too large")
    return Completed(message="all are small", data=len(states))


@flow
def stops():
    raise RuntimeError("no disk")


@stops.on_failure
def tell(flow, flow_run, state):
    seen.append(str(state.result(raise_on_failure=False)))


if __name__ == "__main__":
    print("RESULT", checks([1], return_state=True))
    print("RESULT", checks([1, 5], return_state=True).message)
    try:
        stops()
    except (ObjectNotFound, PrefectHTTPStatusError) as error:
        print("WRONG", error)
    except RuntimeError as error:
        print("RAISED", error)
    try:
        get_run_logger()
    except MissingContextError:
        print("NO RUN")
    print("SEEN", seen)
