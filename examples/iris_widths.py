"""The same pipeline over other data: two kinds of iris, from the data set of R. A. Fisher.

    load -> clean -> describe_and_plot, compare -> report

The 150 flowers come with scikit-learn, so nothing is downloaded.

    python examples/iris_widths.py
    python examples/iris_widths.py --measure "petal length" --kinds setosa virginica
"""

import argparse
import sys

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import ttest_ind
from sklearn.datasets import load_iris

from penstock import flow, task
from penstock.logging import get_run_logger


@task
def load(measure, kinds):
    """Give one measure, in centimetres, of the flowers of two kinds."""
    iris = load_iris(as_frame=True)
    table = iris.data.rename(columns=lambda name: name.removesuffix(" (cm)"))
    names = list(iris.target_names)
    if measure not in table:
        raise ValueError(f"There is no measure {measure!r}; there are {', '.join(table)}.")
    for kind in kinds:
        if kind not in names:
            raise ValueError(f"There is no kind {kind!r}; there are {', '.join(names)}.")
    flowers = table[[measure]].assign(kind=iris.target.map(dict(enumerate(names))))
    get_run_logger().info("Loaded %d flowers", len(flowers))
    return flowers[flowers["kind"].isin(kinds)].rename(columns={measure: "cm"})


@task(retries=2, retry_delay_seconds=1)
def clean(flowers):
    """Drop flowers without a measure, and measures no flower can have."""
    kept = flowers.dropna()
    kept = kept[kept["cm"] > 0]
    get_run_logger().info("Kept %d, dropped %d", len(kept), len(flowers) - len(kept))
    return kept


@task
def describe_and_plot(flowers, measure, plot):
    """Sum up each kind in numbers, and draw how its flowers spread."""
    figure = Figure(figsize=(7, 4.5), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    groups = flowers.groupby("kind")["cm"]
    # The flowers were measured to a millimetre, so a bar is a millimetre wide.
    edges = np.arange(flowers["cm"].min() - 0.05, flowers["cm"].max() + 0.1, 0.1)
    for colour, (kind, group) in zip(["#2f6f93", "#c0532b"], groups, strict=True):
        label = f"{kind}, mean {group.mean():.2f} cm"
        axes.hist(group, edges, alpha=0.55, color=colour, edgecolor="white", label=label)
        axes.axvline(group.mean(), color=colour, linestyle="--", linewidth=1.5)
    axes.set(title=f"Iris: {measure}", xlabel=f"{measure} (cm)", ylabel="Flowers")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(plot)
    get_run_logger().info("Plot written to %s", plot)
    return groups.describe()


@task
def compare(flowers, kinds):
    """Compare the means with Welch's t-test."""
    one, other = (flowers.loc[flowers["kind"] == kind, "cm"] for kind in kinds)
    t, p = ttest_ind(one, other, equal_var=False)
    return float(t), float(p)


@task
def report(summary, test, measure):
    """Put it in words."""
    t, p = test
    means = ", ".join(f"{kind} {mean:.2f} cm" for kind, mean in summary["mean"].items())
    verdict = "differs" if p < 0.05 else "shows no significant difference"
    return f"Mean {measure}: {means}.\nWelch's t-test: t = {t:.2f}, p = {p:.2g}: it {verdict}."


@flow
def iris_widths(measure="sepal width", kinds=("versicolor", "virginica"), plot="iris_widths.png"):
    flowers = clean(load(measure, kinds))
    summary = describe_and_plot(flowers, measure, plot)
    test = compare(flowers, kinds)
    return report(summary, test, measure)


def main():
    parser = argparse.ArgumentParser(description="Compare two kinds of iris.")
    parser.add_argument("--measure", default="sepal width", metavar="NAME")
    parser.add_argument("--kinds", nargs=2, default=("versicolor", "virginica"), metavar="NAME")
    parser.add_argument("--plot", default="iris_widths.png", metavar="FILE")
    options = parser.parse_args()

    state = iris_widths(**vars(options), return_state=True)
    if not state.is_completed():
        sys.exit(f"iris_widths: {state.result(raise_on_failure=False)}")
    print(state.result())


if __name__ == "__main__":
    main()
