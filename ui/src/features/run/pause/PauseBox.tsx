/** What a paused run waits for, with the form to answer it. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CirclePause } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { KEYS } from "@/api/queries";
import type { FlowRunDetail } from "@/api/types";
import { Button } from "@/design/Button";
import { Time } from "@/design/Time";
import { Refusal } from "../actions/ConfirmDialog";
import { useRunPage } from "../page";
import { answerRun } from "../queries";
import { answerOf, fieldsOf } from "./form";
import { PauseField } from "./PauseField";

type Pause = NonNullable<FlowRunDetail["pause"]>;

export function PauseBox({ pause }: { pause: Pause }) {
  const { id } = useRunPage();
  const client = useQueryClient();
  const fields = useMemo(() => (pause.form === null ? [] : fieldsOf(pause.form)), [pause.form]);
  const [entered, setEntered] = useState<Readonly<Record<string, string>>>({});
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const deed = useMutation({
    mutationFn: (value: unknown) => answerRun(id, value),
    onSuccess: () => client.invalidateQueries({ queryKey: [KEYS.run, id, "detail"] }),
  });

  function send(event: FormEvent): void {
    event.preventDefault();
    if (pause.form === null) {
      deed.mutate(null);
      return;
    }
    const answer = answerOf(fields, entered);
    setWrong(answer.isRight ? {} : answer.wrong);
    if (answer.isRight) deed.mutate(answer.value);
  }

  return (
    <form
      onSubmit={send}
      aria-label="What this run waits for"
      className="mt-3 max-w-2xl rounded-md border border-paused bg-panel px-4 py-3"
    >
      <p className="flex flex-wrap items-center gap-x-2 font-medium">
        <CirclePause size={15} aria-hidden className="text-paused" />
        {pause.form === null ? "Waits for your go-ahead" : "Waits for your answer"}
        {pause.key === null ? null : <code className="font-normal text-muted">{pause.key}</code>}
        <span className="text-sm font-normal text-muted">
          since <Time at={pause.asked} />
          {pause.until === null ? null : (
            <>
              , until <Time at={pause.until} />
            </>
          )}
        </span>
      </p>
      {fields.length === 0 ? null : (
        <div className="mt-3 grid gap-3 sm:grid-cols-2">
          {fields.map((field) => (
            <PauseField
              key={field.name ?? ""}
              field={field}
              value={entered[field.name ?? ""] ?? field.initial}
              wrong={wrong[field.name ?? ""] ?? null}
              onChange={(value) => setEntered({ ...entered, [field.name ?? ""]: value })}
            />
          ))}
        </div>
      )}
      <Refusal error={deed.error} outcome={deed.data} />
      <Button type="submit" kind="primary" isPending={deed.isPending} className="mt-3">
        {pause.form === null ? "Go on" : "Answer and go on"}
      </Button>
    </form>
  );
}
