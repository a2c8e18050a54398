/** Asks before something is done that stops or removes work, and says what came of it. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { KEYS } from "@/api/queries";
import type { Outcome } from "@/api/types";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";

type Props = {
  title: string;
  verb: string;
  keep: string;
  act: () => Promise<Outcome>;
  onDone?: () => void;
  onClose: () => void;
  children: ReactNode;
};

export function ConfirmDialog({ title, verb, keep, act, onDone, onClose, children }: Props) {
  const client = useQueryClient();
  const deed = useMutation({
    mutationFn: act,
    onSuccess: (outcome) => {
      if (outcome.done) {
        onClose();
        onDone?.();
      }
      // With `onDone` one leaves the run: it may not be there any more.
      if (outcome.done && onDone !== undefined) return;
      void client.invalidateQueries({ queryKey: [KEYS.run, outcome.flow_run_id, "detail"] });
    },
  });
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{keep}</Button>
          <Button kind="danger" isPending={deed.isPending} onPress={() => deed.mutate()}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
      <Refusal error={deed.error} outcome={deed.data} />
    </Dialog>
  );
}

/** Why something was not done. */
export function Refusal({ error, outcome }: { error: Error | null; outcome: Outcome | undefined }) {
  const message = error?.message ?? (outcome?.done === false ? outcome.message : null);
  if (message === null) return null;
  return (
    <p role="alert" className="mt-3 rounded-md border border-failed px-3 py-2 text-sm text-failed">
      {message}
    </p>
  );
}
