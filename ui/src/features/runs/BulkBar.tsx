import { useMutation } from "@tanstack/react-query";
import { CircleCheck, CircleX, Play, RotateCcw, Square, Trash2, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { api, dataOf } from "@/api/client";
import type { SelectionWords } from "@/api/queries";
import type { BulkResult, FlowRunSelection } from "@/api/types";
import { Button, IconButton } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import type { Selection } from "@/features/runs/useSelection";

type Action = "cancel" | "retry" | "resume" | "delete";

type Props = {
  chosen: Selection;
  selection: SelectionWords;
  total: number;
  isExact: boolean;
};

const ACTIONS: readonly (readonly [Action, string, ReactNode])[] = [
  ["retry", "Retry", <RotateCcw key="retry" size={14} aria-hidden />],
  ["resume", "Resume", <Play key="resume" size={14} aria-hidden />],
  ["cancel", "Cancel", <Square key="cancel" size={14} aria-hidden />],
  ["delete", "Delete", <Trash2 key="delete" size={14} aria-hidden />],
];

const MEANINGS: Readonly<Record<Action, string>> = {
  cancel: "Their processes are asked to stop. What has completed is kept.",
  delete: "The runs are deleted with their task runs, logs and artifacts. This cannot be undone.",
  resume: "Each goes on in a process of its own; what has completed is not executed again.",
  retry: "Each is tried again in a process of its own; what has completed is not executed again.",
};

/** At the bottom while runs are selected: what can be done to all of them. */
export function BulkBar({ chosen, selection, total, isExact }: Props) {
  const [action, setAction] = useState<Action | null>(null);
  const count = chosen.isAll ? total : chosen.ids.size;
  if (count === 0) return null;
  const said = `${count.toLocaleString("en")}${chosen.isAll && !isExact ? "+" : ""} ${count === 1 ? "run" : "runs"}`;
  return (
    <div
      role="toolbar"
      aria-label="Selected runs"
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-selected px-4 py-2 md:px-6"
    >
      <span className="text-sm font-medium">{said} selected</span>
      {!chosen.isAll && total > chosen.ids.size && (
        <Button kind="ghost" isSmall onPress={chosen.takeAll}>
          Select all {total.toLocaleString("en")}
          {isExact ? "" : "+"}
        </Button>
      )}
      <span className="flex-1" />
      {ACTIONS.map(([name, label, icon]) => (
        <Button key={name} isSmall onPress={() => setAction(name)}>
          {icon}
          {label}
        </Button>
      ))}
      <IconButton label="Select none" isSmall onPress={chosen.clear}>
        <X size={15} />
      </IconButton>
      {action !== null && (
        <BulkDialog
          action={action}
          said={said}
          body={chosen.isAll ? { where: whereOf(selection) } : { ids: [...chosen.ids] }}
          onClose={(isDone) => {
            setAction(null);
            if (isDone) chosen.clear();
          }}
        />
      )}
    </div>
  );
}

function whereOf(selection: SelectionWords): FlowRunSelection {
  const { flow, not_flow, not_state, not_tag, parameter, state, tag, ...rest } = selection;
  const lists = { flow, not_flow, not_state, not_tag, parameter, state, tag };
  const given = Object.entries(lists).filter(([, words]) => words !== undefined && words !== null);
  return { ...rest, ...Object.fromEntries(given) } as FlowRunSelection;
}

type DialogProps = {
  action: Action;
  said: string;
  body: { ids: string[] } | { where: FlowRunSelection };
  onClose: (isDone: boolean) => void;
};

function BulkDialog({ action, said, body, onClose }: DialogProps) {
  const label = ACTIONS.find(([name]) => name === action)?.[1] ?? "";
  const run = useMutation({
    mutationFn: () => dataOf(api.POST("/api/flow-runs/bulk", { body: { action, ...body } })),
  });
  const isDone = run.isSuccess;
  return (
    <Dialog
      title={`${label} ${said}?`}
      isOpen
      onClose={() => onClose(isDone)}
      actions={
        isDone ? (
          <Button kind="primary" onPress={() => onClose(true)}>
            Close
          </Button>
        ) : (
          <>
            <Button onPress={() => onClose(false)}>Not now</Button>
            <Button
              kind={action === "delete" ? "danger" : "primary"}
              isDisabled={run.isPending}
              onPress={() => run.mutate()}
            >
              {label} {said}
            </Button>
          </>
        )
      }
    >
      {run.data === undefined ? <p>{MEANINGS[action]}</p> : <Result result={run.data} />}
      {run.error !== null && <p className="mt-2 text-failed">{run.error.message}</p>}
    </Dialog>
  );
}

function Result({ result }: { result: BulkResult }) {
  return (
    <div className="flex flex-col gap-2">
      <p>
        {result.done.toLocaleString("en")} done
        {result.refused > 0 && `, ${result.refused.toLocaleString("en")} refused`}.
      </p>
      <ul className="flex flex-col gap-1 text-sm">
        {result.outcomes.map(({ flow_run_id, name, done, message }) => (
          <li key={flow_run_id} className="flex items-start gap-2">
            {done ? (
              <CircleCheck
                size={14}
                aria-label="done"
                className="mt-0.75 shrink-0 text-completed"
              />
            ) : (
              <CircleX size={14} aria-label="refused" className="mt-0.75 shrink-0 text-failed" />
            )}
            <span className="min-w-0">
              <span className="font-medium">{name ?? flow_run_id}</span>{" "}
              <span className="text-muted">{message}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
