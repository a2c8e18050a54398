"""What a run leaves for people to look at: a figure, a table, a number, a text.

python examples/artifacts.py
penstock artifact ls
penstock artifact inspect stations
"""

import math

from matplotlib.figure import Figure

from penstock import flow, task
from penstock.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    save_figure,
    save_number,
    save_table,
    update_progress_artifact,
)

STATIONS = {"Graz": 353, "Oslo": 23, "Lima": 154}


@task
def measure(name, height):
    """Make up a year: warm in July, and half a degree cooler each hundred metres up."""
    year = [12 - 10 * math.cos(month * math.pi / 6) - height / 200 for month in range(12)]
    return {"station": name, "height": height, "mean": sum(year) / 12, "year": year}


@task
def draw(stations):
    figure = Figure(figsize=(6, 3), layout="constrained")
    axes = figure.add_subplot(ylabel="°C", xlabel="Month")
    for station in stations:
        axes.plot(range(1, 13), station["year"], label=station["station"])
    axes.legend()
    save_figure(figure, key="temperatures", description="A year at each station")


@task
def sum_up(stations):
    rows = [{name: row[name] for name in ("station", "height", "mean")} for row in stations]
    save_table(rows, key="stations")
    mean = sum(row["mean"] for row in rows) / len(rows)
    # Its course over the runs is drawn by the dashboard.
    save_number(mean, key="mean-temperature")
    create_markdown_artifact(
        f"# Stations\n\n{len(rows)} stations, **{mean:.1f} °C** on average.", key="report"
    )
    return mean


@flow
def weather():
    progress = create_progress_artifact(0, description="Stations measured")
    stations = []
    for done, (name, height) in enumerate(STATIONS.items(), start=1):
        stations.append(measure(name, height))
        update_progress_artifact(progress, 100 * done / len(STATIONS))
    draw(stations)
    return sum_up(stations)


def main():
    print(f"{weather():.1f} °C on average. `penstock artifact ls` lists what is there to see.")


if __name__ == "__main__":
    main()
