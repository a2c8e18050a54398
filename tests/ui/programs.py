"""Programs that tests of the dashboard start while a page looks on."""

from __future__ import annotations

#: Goes on when a file called `go` is there.
LIVE = """
import sys
import threading
from pathlib import Path
from penstock import flow, task
from penstock.logging import get_run_logger

FOLDER = Path(sys.argv[1])

@task
def first():
    get_run_logger().info("the first has spoken")

@task
def gate():
    pause = threading.Event()
    while not (FOLDER / "go").exists():
        pause.wait(0.005)
    get_run_logger().info("through the gate")

@flow(flow_run_name="live-run")
def live():
    first()
    gate()

live()
"""

#: Fails once, at its third task, and writes down which bodies execute.
RESUMABLE = """
import sys
from pathlib import Path
from penstock import flow, task

FOLDER = Path(__file__).parent

def note(word):
    with (FOLDER / "witness.txt").open("a") as file:
        print(word, file=file)

@task
def load():
    note("load")
    return [1, 2, 3]

@task
def clean(rows):
    note("clean")
    return rows

@task
def publish(rows):
    note("publish")
    if not (FOLDER / "mended").exists():
        raise RuntimeError("the printer is on fire")
    return len(rows)

@flow
def weekly():
    return publish(clean(load()))

if __name__ == "__main__":
    weekly(return_state=True)
"""

#: Runs until somebody stops it.
ENDLESS = """
import time
from penstock import flow, task

@task
def spin():
    while True:
        time.sleep(0.01)

@flow(flow_run_name="endless-run")
def endless():
    spin()

endless(return_state=True)
"""

#: `argv`: how many task runs.
MANY = """
import sys
from penstock import flow, task

@task
def square(number):
    return number * number

@task
def add_up(numbers):
    return sum(numbers)

@flow(flow_run_name="many-run")
def many(count: int):
    return add_up(square.map(range(count)))

many(int(sys.argv[1]))
"""

#: `argv`: folder, task runs a second, seconds. Begins when a file called `go` is there.
STEADY = """
import sys
import threading
import time
from pathlib import Path
from penstock import flow, task

FOLDER, RATE, SECONDS = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

@task
def tick(number):
    return number

@flow(flow_run_name="steady-run")
def steady():
    pause = threading.Event()
    tick(0)
    while not (FOLDER / "go").exists():
        pause.wait(0.005)
    begin = time.monotonic()
    for number in range(RATE * SECONDS):
        ahead = begin + number / RATE - time.monotonic()
        if ahead > 0:
            pause.wait(ahead)
        tick(number)
    (FOLDER / "rate").write_text(str(RATE * SECONDS / (time.monotonic() - begin)))

steady()
"""

#: Leaves four pictures, each under a key of its own.
PICTURES = """
from penstock import flow, task
from penstock.artifacts import save_figure

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>'

@task
def draw(number):
    save_figure(DRAWING.encode(), key=f"drawing-{number}")

@flow
def pictures():
    for number in range(4):
        draw(number)

pictures()
"""
