/** Names and values, one below the other. */

import type { ReactNode } from "react";

export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="mt-3 grid grid-cols-[92px_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words [&>span]:max-w-full [&>span]:align-top">{children}</dd>
    </>
  );
}

export function Heading({ children }: { children: ReactNode }) {
  return <h2 className="mt-5 mb-1.5 text-xs font-medium text-muted">{children}</h2>;
}
