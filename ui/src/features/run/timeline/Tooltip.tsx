/** One tooltip for all rows: the list says which row the pointer is on, only this is rendered. */

import { type ReactNode, useSyncExternalStore } from "react";
import type { Row } from "@/timeline/layout";
import { factsOf, nameOf } from "./describe";

/** Where the pointer is. */
export interface Pointed {
  readonly row: Row;
  readonly x: number;
  readonly y: number;
}

/** What the pointer is on, outside of React: moving it must not render the timeline. */
export class PointerStore {
  private pointed: Pointed | null = null;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly get = (): Pointed | null => this.pointed;

  set(pointed: Pointed | null): void {
    if (pointed === null && this.pointed === null) return;
    this.pointed = pointed;
    for (const listener of this.listeners) listener();
  }
}

interface TooltipProps {
  readonly pointer: PointerStore;
  readonly origin: number;
  readonly now: number;
}

export function Tooltip({ pointer, origin, now }: TooltipProps): ReactNode {
  const pointed = useSyncExternalStore(pointer.subscribe, pointer.get);
  if (pointed === null) return null;
  const isRight = pointed.x > globalThis.innerWidth - 340;
  const isLow = pointed.y > globalThis.innerHeight - 180;
  return (
    <div
      className="tl-tooltip"
      role="tooltip"
      style={{
        left: isRight ? undefined : pointed.x + 14,
        right: isRight ? globalThis.innerWidth - pointed.x + 14 : undefined,
        top: isLow ? undefined : pointed.y + 16,
        bottom: isLow ? globalThis.innerHeight - pointed.y + 10 : undefined,
      }}
    >
      <strong>{nameOf(pointed.row)}</strong>
      <dl>
        {factsOf(pointed.row, origin, now).map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
