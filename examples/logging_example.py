"""Log lines that stay with the run: each has a time, a level, its task and its flow.

python examples/logging_example.py
penstock flow-run logs latest
"""

from penstock import flow, task
from penstock.logging import get_run_logger

READINGS = [18.5, 19.0, None, 21.5, 85.0, 20.0]


@task
def check(readings):
    logger = get_run_logger()
    good = []
    for hour, degrees in enumerate(readings):
        if degrees is None:
            logger.warning("Hour %d has no reading", hour)
        elif degrees > 50:
            logger.error("Hour %d says %.1f degrees: is the sensor broken?", hour, degrees)
        else:
            good.append(degrees)
    return good


@task(log_prints=True)
def average(readings):
    mean = sum(readings) / len(readings)
    print(f"{len(readings)} readings, {mean:.2f} degrees on average")  # a log line, too
    return mean


@flow
def sensor():
    get_run_logger().info("Checking %d readings", len(READINGS))
    average(check(READINGS))


if __name__ == "__main__":
    sensor()
