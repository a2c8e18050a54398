"""The whole story in one minute: run a pipeline, read its report, look at its history.

make demo
"""

import subprocess
import sys
from pathlib import Path

from penstock.settings import load_settings

EXAMPLES = Path(__file__).parent
PROJECT = EXAMPLES.parent


def main():
    settings = load_settings()
    plot = PROJECT / "build" / "exam_scores.png"
    plot.parent.mkdir(exist_ok=True)

    tell("A pipeline of five tasks compares the exam scores of two classes.")
    tell("  load -> clean -> describe_and_plot, compare -> report")
    run("examples/exam_scores.py", "--plot", str(plot.relative_to(PROJECT)))

    tell("The box plot is in the file", f"  {plot}")
    tell(
        "The run, with its tasks, times and log lines, is in",
        f"  {settings.store or settings.path('penstock.db')}",
    )
    tell("It stays there. This is what Penstock knows about it:")
    run("-m", "penstock", "flow-run", "inspect", "latest")

    tell("Go on with", "  penstock flow-run ls", "  penstock flow-run logs latest")
    tell("or with the tutorial: docs/tutorial/first-pipeline.md")


def tell(*lines):
    print(*lines, sep="\n", flush=True)


def run(*command):
    """Show a command, run it, and stop the demo if it fails."""
    shown = " ".join(command).removeprefix("-m ")
    prefix = "" if command[0] == "-m" else "python "
    tell("", f"$ {prefix}{shown}", "")
    done = subprocess.run([sys.executable, *command], cwd=PROJECT, check=False)  # noqa: S603 - our own words
    if done.returncode:
        sys.exit(f"demo: {prefix}{shown} ended with exit code {done.returncode}")
    tell("")


if __name__ == "__main__":
    main()
