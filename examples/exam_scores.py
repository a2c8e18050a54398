"""Do two classes differ in an exam? A pipeline of five tasks answers.

    load -> clean -> describe_and_plot, compare -> report

It takes any CSV file with one column of class names and one of scores:

    python examples/exam_scores.py
    python examples/exam_scores.py --csv FILE --class-column group --score-column points
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import ttest_ind

from penstock import flow, task
from penstock.artifacts import save_figure, save_table
from penstock.logging import get_run_logger

CSV = str(Path(__file__).parent / "data" / "exam_scores.csv")
SIGNIFICANT_BELOW = 0.05
BLUE, RED = "#2f6f93", "#c0532b"


class Comparison(NamedTuple):
    first: str
    second: str
    t: float
    p: float


@task
def load(csv, class_column, score_column):
    """Read the two columns, and call them "class" and "score" from here on."""
    if not Path(csv).is_file():
        raise FileNotFoundError(f"There is no file {csv}.")
    try:
        table = pd.read_csv(csv, dtype=str).rename(columns=str.strip)
    except ValueError as error:
        raise ValueError(f"{csv} cannot be read as a CSV file ({error}).") from error
    for column in [class_column, score_column]:
        if column not in table:
            known = ", ".join(table.columns)
            raise ValueError(f"{csv} has no column {column!r}; it has {known}.")
    get_run_logger().info("Loaded %d rows from %s", len(table), csv)
    return pd.DataFrame({"class": table[class_column], "score": table[score_column]})


@task(retries=3, retry_delay_seconds=1)
def clean(rows):
    """Trim the class names, make the scores numbers, and drop rows where one is missing."""
    names = rows["class"].str.strip()
    numbers = pd.to_numeric(rows["score"], errors="coerce")
    kept = (names != "") & (numbers.abs() < float("inf"))
    scores = pd.DataFrame({"class": names, "score": numbers})[kept].dropna()
    get_run_logger().info("Kept %d rows, dropped %d", len(scores), len(rows) - len(scores))
    return scores


@task
def describe_and_plot(scores, plot):
    """Sum up each class in numbers, and draw a box for it."""
    check_groups(scores)
    groups = scores.groupby("class")["score"]

    # A Figure made without pyplot is drawn by Agg, which needs no screen.
    figure = Figure(figsize=(7, 4.5), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    axes.boxplot(
        [group for _, group in groups],
        widths=0.45,
        tick_labels=[f"{name}\n{len(group)} scores" for name, group in groups],
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": "#cfe3ef", "edgecolor": BLUE},
        whiskerprops={"color": BLUE},
        capprops={"color": BLUE},
        medianprops={"color": RED, "linewidth": 2},
    )
    for place, (_, group) in enumerate(groups, start=1):
        axes.plot([place + 0.29] * len(group), group, "o", color=BLUE, alpha=0.6)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set(title="Exam scores by class", xlabel="Class", ylabel="Score")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(plot)
    summary = groups.describe()
    save_figure(figure, key="exam-scores-by-class", description="Exam scores by class")
    save_table(summary, key="exam-summary", description="Each class in numbers")

    get_run_logger().info("Plot written to %s", plot)
    return summary


@task
def compare(scores):
    """Ask Welch's t-test, which does not expect classes that spread alike."""
    first, second = sorted(scores["class"].unique())
    groups = scores.groupby("class")["score"]
    t, p = ttest_ind(groups.get_group(first), groups.get_group(second), equal_var=False)
    get_run_logger().info("t = %.2f, p = %.5f", t, p)
    return Comparison(first, second, float(t), float(p))


@task
def report(summary, test):
    """Put it in words."""
    table = summary.rename(columns={"50%": "median"})
    table = table[["count", "mean", "std", "min", "median", "max"]].round(2).reset_index()
    first, second = test.first, test.second
    means = summary["mean"]
    if test.p < SIGNIFICANT_BELOW:
        conclusion = f"the difference is statistically significant (p < {SIGNIFICANT_BELOW})"
    else:
        conclusion = f"the difference is not statistically significant (p >= {SIGNIFICANT_BELOW})"
    return f"""\
{table.astype({"count": int}).to_string(index=False)}

Mean of class {first}: {means[first]:.1f}, of class {second}: {means[second]:.1f}
Welch's t-test: t = {test.t:.2f}, p = {test.p:.4f} ({test.p:.2g})
Conclusion: {conclusion}."""


def check_groups(scores):
    """Refuse what a t-test cannot compare."""
    sizes = scores["class"].value_counts().sort_index()
    if len(sizes) != 2:
        found = ", ".join(sizes.index) or "none"
        raise ValueError(f"A comparison needs two classes, and there are {len(sizes)} ({found}).")
    if sizes.min() < 2:
        raise ValueError(f"Class {sizes.idxmin()} has one score only; a t-test needs two or more.")
    if scores.groupby("class")["score"].nunique().max() == 1:
        raise ValueError("The scores of each class are all equal, so a t-test has no answer.")


@flow
def exam_scores(csv=CSV, class_column="Class", score_column="Score", plot="exam_scores.png"):
    # Plain values go from task to task; Penstock sees which one came out of which.
    rows = load(csv, class_column, score_column)
    scores = clean(rows)
    summary = describe_and_plot(scores, plot)
    test = compare(scores)
    return report(summary, test)


def main():
    parser = argparse.ArgumentParser(description="Compare the exam scores of two classes.")
    parser.add_argument("--csv", default=CSV, metavar="FILE")
    parser.add_argument("--class-column", default="Class", metavar="NAME")
    parser.add_argument("--score-column", default="Score", metavar="NAME")
    parser.add_argument("--plot", default="exam_scores.png", metavar="FILE")
    options = parser.parse_args()

    state = exam_scores(**vars(options), return_state=True)
    if not state.is_completed():
        sys.exit(f"exam_scores: {state.result(raise_on_failure=False)}")
    print("", state.result(), sep="\n")


if __name__ == "__main__":
    main()
