"""A script that cannot go on without its secret."""

from prefect import flow
from prefect.blocks.system import Secret


@flow
def login():
    return Secret.load("token").get()


if __name__ == "__main__":
    login()
