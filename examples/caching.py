"""A slow task whose answers are kept: start this program twice and look at the clock.

The first run counts the primes and takes its time.
The second run finds the answers of the first one, for an hour.

python examples/caching.py
"""

from datetime import timedelta
from time import perf_counter

from penstock import flow, task
from penstock.tasks import task_input_hash


@task(cache_key_fn=task_input_hash, cache_expiration=timedelta(hours=1))
def count_primes(below):
    print(f"  counting the primes below {below:,} ...")
    return sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, below))


@flow
def primes():
    for below in [200_000, 300_000, 200_000]:
        began = perf_counter()
        found = count_primes(below)
        print(f"{found:,} primes below {below:,}, after {perf_counter() - began:.2f} s")


if __name__ == "__main__":
    primes()
