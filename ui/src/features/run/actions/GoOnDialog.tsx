/** Retry and resume: says before it is done what will be reused and what will execute. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { KEYS } from "@/api/queries";
import type { Reuse } from "@/api/types";
import { Button } from "@/design/Button";
import { Copyable } from "@/design/CodeBlock";
import { Dialog } from "@/design/Dialog";
import { useRunPage } from "../page";
import { type Deed, getReuse, resumeRun, retryRun } from "../queries";
import { Refusal } from "./ConfirmDialog";

type Props = { action: Deed; onClose: () => void };

export function GoOnDialog({ action, onClose }: Props) {
  const { id, run } = useRunPage();
  const client = useQueryClient();
  const { data: reuse, error } = useQuery(getReuse(id, action));
  const [rerun, setRerun] = useState<readonly string[]>([]);
  const deed = useMutation({
    mutationFn: () => (action === "retry" ? retryRun(id, rerun) : resumeRun(id, rerun)),
    onSuccess: (outcome) => {
      void client.invalidateQueries({ queryKey: [KEYS.run, id, "detail"] });
      if (outcome.done) onClose();
    },
  });
  const verb = action === "retry" ? "Retry" : "Resume";
  return (
    <Dialog
      title={`${verb} ${run.name}`}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button
            kind="primary"
            isDisabled={reuse?.is_possible !== true}
            isPending={deed.isPending}
            onPress={() => deed.mutate()}
          >
            {verb}
          </Button>
        </>
      }
    >
      {reuse === undefined ? (
        error === null ? (
          <p className="text-muted">Looking what can be reused…</p>
        ) : null
      ) : (
        <Plan reuse={reuse} rerun={rerun} onRerun={setRerun} />
      )}
      <Refusal error={error ?? deed.error} outcome={deed.data} />
    </Dialog>
  );
}

type PlanProps = {
  reuse: Reuse;
  rerun: readonly string[];
  onRerun: (tasks: readonly string[]) => void;
};

function Plan({ reuse, rerun, onRerun }: PlanProps) {
  if (!reuse.is_possible) return <p>{reuse.why_not}</p>;
  const chosen = new Set(rerun);
  return (
    <>
      <p className="text-base">
        <strong className="font-medium">{sayPlan(reuse)}</strong>
        {rerun.length > 0 ? ", and what you choose below with all that depends on it" : ""}.
      </p>
      {reuse.tasks.length > 0 ? (
        <table className="mt-3 w-full text-sm">
          <thead>
            <tr className="border-b border-line text-left text-xs text-muted">
              <th className="py-1 font-normal">Task</th>
              <th className="py-1 text-right font-normal">Reused</th>
              <th className="py-1 text-right font-normal">Run again</th>
              <th className="py-1 pl-4 font-normal">Again from here</th>
            </tr>
          </thead>
          <tbody>
            {reuse.tasks.map((task) => (
              <tr key={task.name} className="border-b border-line">
                <td className="py-1 font-mono text-xs break-all">{task.name}</td>
                <td className="py-1 text-right">{task.reused.toLocaleString("en")}</td>
                <td className="py-1 text-right">{task.again.toLocaleString("en")}</td>
                <td className="py-1 pl-4">
                  <input
                    type="checkbox"
                    aria-label={`Run ${task.name} again`}
                    checked={chosen.has(task.name)}
                    disabled={task.reused === 0}
                    onChange={() => onRerun(toggled(rerun, task.name))}
                    className="accent-accent"
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {reuse.command === null ? null : (
        <p className="mt-3 flex min-w-0 items-center gap-2 text-sm text-muted">
          Or in a terminal:
          <Copyable text={withRerun(reuse.command, rerun)} />
        </p>
      )}
    </>
  );
}

/** Say what will be: `3 task runs reused, 2 run again`. */
export function sayPlan({ reused, again }: Pick<Reuse, "reused" | "again">): string {
  const runs = (count: number) =>
    `${count.toLocaleString("en")} task ${count === 1 ? "run" : "runs"}`;
  if (reused === 0 && again === 0) return "The flow runs again from its beginning";
  if (again === 0) return `${runs(reused)} reused; only what had not begun is run`;
  return `${runs(reused)} reused, ${again.toLocaleString("en")} run again`;
}

function withRerun(command: string, rerun: readonly string[]): string {
  return [command, ...rerun.map((task) => `--rerun ${task}`)].join(" ");
}

function toggled(all: readonly string[], one: string): readonly string[] {
  return all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
}
