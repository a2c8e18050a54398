"""Eight slow calls side by side: `.map` starts one task run for each element.

python examples/mapping.py
"""

from math import acos, cos, radians, sin
from time import perf_counter, sleep

from penstock import flow, task, unmapped

# Latitude and longitude
CITIES = {
    "Accra": (5.6, -0.2),
    "Bogotá": (4.7, -74.1),
    "Cairo": (30.0, 31.2),
    "Delhi": (28.6, 77.2),
    "Erbil": (36.2, 44.0),
    "Fes": (34.0, -5.0),
    "Graz": (47.1, 15.4),
    "Hanoi": (21.0, 105.8),
}
BERLIN = (52.5, 13.4)


@task
def find_distance(place, home):
    sleep(0.5)  # a slow service
    (north, east), (home_north, home_east) = (map(radians, point) for point in (place, home))
    angle = sin(north) * sin(home_north) + cos(north) * cos(home_north) * cos(east - home_east)
    return round(6371 * acos(angle))


@flow
def distances(home=BERLIN):
    # The places are gone over; `unmapped` hands the same home to every call.
    kilometres = find_distance.map(CITIES.values(), unmapped(home))
    return dict(zip(CITIES, kilometres.result(), strict=True))


if __name__ == "__main__":
    began = perf_counter()
    for city, kilometres in sorted(distances().items(), key=lambda item: item[1]):
        print(f"{city:<8}{kilometres:>6} km")
    print(f"Eight calls of half a second took {perf_counter() - began:.1f} s.")
