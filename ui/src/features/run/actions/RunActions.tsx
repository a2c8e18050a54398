/** Retry, resume, cancel, delete, copy: what can be done to the run, by its state. */

import { useNavigate } from "@tanstack/react-router";
import { Ban, Copy, EllipsisVertical, Link2, Play, RotateCw, Terminal, Trash2 } from "lucide-react";
import { useState } from "react";
import type { FlowRunDetail } from "@/api/types";
import { Button } from "@/design/Button";
import { useCopy } from "@/design/copy";
import { Menu, MenuItem, MenuLine } from "@/design/Menu";
import { lookOf } from "@/timeline/looks";
import { isOpenRun, useRunPage } from "../page";
import { cancelRun, type Deed, deleteRun } from "../queries";
import { ConfirmDialog } from "./ConfirmDialog";
import { GoOnDialog } from "./GoOnDialog";

type Open = Deed | "cancel" | "delete" | null;

export function RunActions() {
  const { run } = useRunPage();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const isOpen = isOpenRun(run);
  return (
    <div className="flex items-center gap-1.5">
      <MainButton run={run} onOpen={setOpen} />
      {isOpen ? (
        <Button onPress={() => setOpen("cancel")} isDisabled={run.state_type === "CANCELLING"}>
          <Ban size={15} aria-hidden /> Cancel
        </Button>
      ) : null}
      <MoreMenu run={run} onDelete={() => setOpen("delete")} />
      {open === "retry" || open === "resume" ? <GoOnDialog action={open} onClose={close} /> : null}
      {open === "cancel" ? <CancelDialog run={run} onClose={close} /> : null}
      {open === "delete" ? <DeleteDialog run={run} onClose={close} /> : null}
    </div>
  );
}

/** What one most likely wants: to try again what failed, to go on with what stopped. */
function MainButton({ run, onOpen }: { run: FlowRunDetail; onOpen: (open: Open) => void }) {
  const look = lookOf(run.state_type, run.state_name);
  if (look === "crashed" || look === "cancelled") {
    return (
      <Button kind="primary" onPress={() => onOpen("resume")}>
        <Play size={15} aria-hidden /> Resume
      </Button>
    );
  }
  if (isOpenRun(run)) return null;
  return (
    <Button kind={look === "failed" ? "primary" : "plain"} onPress={() => onOpen("retry")}>
      <RotateCw size={15} aria-hidden /> Retry
    </Button>
  );
}

function MoreMenu({ run, onDelete }: { run: FlowRunDetail; onDelete: () => void }) {
  const { copy } = useCopy();
  const { command } = run;
  return (
    <Menu
      label="More actions"
      trigger={
        <Button kind="ghost" aria-label="More actions" className="w-8 px-0">
          <EllipsisVertical size={16} aria-hidden />
        </Button>
      }
    >
      {command === null ? null : (
        <MenuItem icon={<Terminal size={14} />} onAction={() => copy(command)}>
          Copy as command
        </MenuItem>
      )}
      <MenuItem icon={<Copy size={14} />} onAction={() => copy(run.id)}>
        Copy id
      </MenuItem>
      <MenuItem icon={<Link2 size={14} />} onAction={() => copy(globalThis.location.href)}>
        Copy link to this view
      </MenuItem>
      <MenuLine />
      <MenuItem
        icon={<Trash2 size={14} />}
        isDanger
        isDisabled={isOpenRun(run)}
        onAction={onDelete}
      >
        Delete…
      </MenuItem>
    </Menu>
  );
}

function CancelDialog({ run, onClose }: { run: FlowRunDetail; onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Cancel ${run.name}?`}
      verb="Cancel the run"
      keep="Let it run"
      act={() => cancelRun(run.id)}
      onClose={onClose}
    >
      <p>
        Its process is asked to stop: tasks that execute are interrupted, the others do not begin.
        What has completed is kept, so that the run can be resumed.
      </p>
      {run.owner_is_alive === false ? (
        <p className="mt-2 text-muted">Its process is not alive any more.</p>
      ) : null}
    </ConfirmDialog>
  );
}

function DeleteDialog({ run, onClose }: { run: FlowRunDetail; onClose: () => void }) {
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      title={`Delete ${run.name}?`}
      verb="Delete"
      keep="Keep it"
      act={() => deleteRun(run.id)}
      onDone={() => void navigate({ to: "/runs" })}
      onClose={onClose}
    >
      <p>
        Its states, task runs, log lines and artifacts are deleted with it, also those of runs
        nested in it. This cannot be taken back.
      </p>
    </ConfirmDialog>
  );
}
