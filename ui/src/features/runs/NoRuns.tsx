import { CodeBlock } from "@/design/CodeBlock";
import { EmptyState } from "@/design/EmptyState";

const HELLO = `from penstock import flow, task


@task
def greet(name):
    print(f"Hello, {name}!")
    return len(name)


@flow
def hello():
    lengths = greet.map(["Ada", "Grace", "Katherine"])
    return sum(lengths.result())


if __name__ == "__main__":
    hello()
`;

/** Before the first run: what to paste, and what will happen. */
export function NoRuns() {
  return (
    <EmptyState title="Your first run in a minute">
      <p>
        Save this as <code>hello.py</code> and run it. It appears here while it runs; nothing has to
        be set up, and flows need no server.
      </p>
      <CodeBlock code={HELLO} title="hello.py" className="w-full" />
      <CodeBlock code="python hello.py" title="shell" className="w-full" />
    </EmptyState>
  );
}
