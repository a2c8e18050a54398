"""A call that fails twice, and a task that tries again until it works.

python examples/retries.py
"""

from itertools import count

from penstock import flow, task

# Stands for a weather service that is too busy for the first two requests.
requests = count(1)


@task(retries=3, retry_delay_seconds=[0.5, 1, 2])
def ask_for_temperature(city):
    if next(requests) <= 2:
        raise ConnectionError("the weather service is busy")
    return {"Lisbon": 24, "Oslo": 11}[city]


@flow
def weather(city="Oslo"):
    temperature = ask_for_temperature(city)
    print(f"It is {temperature} °C in {city}.")


if __name__ == "__main__":
    weather()
