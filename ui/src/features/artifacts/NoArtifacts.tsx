import { ChartScatter } from "lucide-react";
import { CodeBlock } from "@/design/CodeBlock";
import { EmptyState } from "@/design/EmptyState";

const CODE = `from penstock import flow, task
from penstock.artifacts import create_markdown_artifact, save_number, save_table


@task
def summarise(scores):
    save_table(scores, key="scores")
    save_number(sum(scores["score"]) / 3, key="mean-score")
    create_markdown_artifact("All have **passed**.", key="report")


@flow
def exam():
    names = ["Ada", "Grace", "Katherine"]
    summarise({"name": names, "score": [91, 88, 95]})


if __name__ == "__main__":
    exam()
`;

const FIGURE = `from penstock.artifacts import save_figure

axes = frame.boxplot(column="score", by="group")
save_figure(axes, key="score-boxes")`;

/** Before the first artifact: what to paste. */
export function NoArtifacts() {
  return (
    <EmptyState icon={<ChartScatter size={26} />} title="No artifacts yet">
      <p>
        Figures, tables, texts and numbers that a task saves are shown here and on the page of its
        run. A number saved under a key in each run is drawn over the runs.
      </p>
      <CodeBlock code={CODE} title="exam.py" className="w-full" />
      <p>
        A figure of matplotlib, or a data frame of pandas or polars, is one more line in a task:
      </p>
      <CodeBlock code={FIGURE} title="in a task" className="w-full" />
    </EmptyState>
  );
}
