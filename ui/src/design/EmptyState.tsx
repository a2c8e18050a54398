import type { ReactNode } from "react";

type Props = {
  title: string;
  /** A sentence or two; what to do. */
  children?: ReactNode;
  icon?: ReactNode;
  className?: string;
};

/** Says that there is nothing, why, and what would fill the place. */
export function EmptyState({ title, children, icon, className = "" }: Props) {
  return (
    <div
      className={`mx-auto flex w-full max-w-2xl flex-col items-center px-4 py-10 text-center ${className}`}
    >
      {icon !== undefined && <div className="mb-3 text-muted">{icon}</div>}
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="mt-1.5 flex w-full flex-col items-center gap-3 text-muted">{children}</div>
    </div>
  );
}
