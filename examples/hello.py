"""The smallest flow: two calls of one task.

python examples/hello.py
"""

from penstock import flow, task


@task
def greet(name):
    return f"Good morning, {name}!"


@flow
def hello():
    for name in ["Ada", "Grace"]:
        print(greet(name))


if __name__ == "__main__":
    hello()
