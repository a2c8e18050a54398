"""The whole story in one minute: run a pipeline, read its report, look at its history.

make demo
"""

import subprocess
import sys
from pathlib import Path

from penstock.settings import load_settings

PROJECT = Path(__file__).parents[1]


def main():
    settings = load_settings()
    history = settings.store or settings.path("penstock.db")
    plot = PROJECT / "build" / "exam_scores.png"
    plot.parent.mkdir(exist_ok=True)

    tell("Do two classes differ in an exam? A pipeline of five tasks answers:")
    tell("load -> clean -> describe_and_plot, compare -> report")
    run("examples/exam_scores.py", "--plot", str(plot.relative_to(PROJECT)))

    tell(f"The box plot:  {plot}", f"The history:   {history}")
    tell("The run stays there, with its tasks, times and log lines:")
    run("-m", "penstock", "flow-run", "inspect", "latest")

    tell("See it in the browser: `penstock server start`, and http://localhost:4200.")
    tell("Go on with `penstock flow-run ls`, `penstock flow-run logs latest`,")
    tell("and a tutorial of ten minutes: docs/tutorial/first-pipeline.md")


def tell(*lines):
    print(*lines, sep="\n", flush=True)


def run(*command):
    """Show a command, run it, and stop the demo if it fails."""
    shown = " ".join(["python", *command]).removeprefix("python -m ")
    tell("", f"$ {shown}")
    done = subprocess.run([sys.executable, *command], cwd=PROJECT, check=False)  # noqa: S603 - our own words
    if done.returncode:
        sys.exit(f"demo: `{shown}` ended with exit code {done.returncode}")
    tell("")


if __name__ == "__main__":
    main()
