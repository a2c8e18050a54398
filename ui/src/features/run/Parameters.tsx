/** The parameters of a run in one line; all of them, whole, in a popover. */

import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { CodeBlock } from "@/design/CodeBlock";
import { brief } from "./brief";

/** So many are named in the line. */
const SHOWN = 3;

export function Parameters({ parameters }: { parameters: Readonly<Record<string, unknown>> }) {
  const all = Object.entries(parameters);
  if (all.length === 0) return null;
  const more = all.length - SHOWN;
  return (
    <DialogTrigger>
      <AriaButton className="flex max-w-full min-w-0 items-center gap-2 rounded-sm font-mono text-xs hover:bg-hover">
        <span className="sr-only">Parameters</span>
        {all.slice(0, SHOWN).map(([name, value]) => (
          <span key={name} className="max-w-56 truncate">
            <span className="text-muted">{name}=</span>
            {brief(value)}
          </span>
        ))}
        {more > 0 ? <span className="text-muted">+{more}</span> : null}
      </AriaButton>
      <Popover placement="bottom start" className="pop w-[min(560px,90vw)] p-2">
        <Dialog aria-label="Parameters" className="outline-none">
          <CodeBlock title="parameters" code={JSON.stringify(parameters, null, 2)} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
