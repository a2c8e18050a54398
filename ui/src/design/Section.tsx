import type { ReactNode } from "react";

type Props = {
  title: string;
  /** On the right of the title: a link to more of it. */
  more?: ReactNode;
  children: ReactNode;
  className?: string;
};

/** A part of a page: a title above a panel. */
export function Section({ title, more, children, className = "" }: Props) {
  return (
    <section className={`min-w-0 ${className}`}>
      <header className="mb-1.5 flex items-baseline justify-between gap-3">
        <h2 className="font-semibold">{title}</h2>
        <span className="text-sm">{more}</span>
      </header>
      {children}
    </section>
  );
}

type FactProps = { label: string; children: ReactNode };

/** A number of a page with its name. */
export function Fact({ label, children }: FactProps) {
  return (
    <div className="min-w-0 px-4 py-2.5">
      <dt className="truncate text-xs text-muted">{label}</dt>
      <dd className="mt-0.5 truncate text-lg font-semibold">{children}</dd>
    </div>
  );
}

/** Facts side by side. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="panel grid grid-cols-2 divide-line max-sm:gap-y-1 sm:flex sm:divide-x [&>*]:flex-1">
      {children}
    </dl>
  );
}
