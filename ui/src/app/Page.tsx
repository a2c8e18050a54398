import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import { createPortal } from "react-dom";
import { useTitle } from "@/app/title";
import type { Look } from "@/timeline/looks";

export type Crumb = { label: string } & Pick<LinkProps, "to" | "params" | "search">;

/** The place in the header where a page puts its breadcrumb. */
export const CrumbPlace = createContext<HTMLElement | null>(null);

type Props = {
  /** Of the page, the last word of the breadcrumb. */
  title: string;
  /** Of the tab, where it should say more. */
  tabTitle?: string;
  /** State of what the page shows, for the tab. */
  look?: Look | null;
  crumbs?: readonly Crumb[];
  children: ReactNode;
  /** The page scrolls its own parts: it fills the place, and has no margin. */
  isFilling?: boolean;
};

/** The frame of a page: title of the tab, breadcrumb, and its place. */
export function Page({ title, tabTitle, look, crumbs = [], children, isFilling = false }: Props) {
  const place = useContext(CrumbPlace);
  useTitle(tabTitle ?? title, look ?? null);
  return (
    <>
      {place !== null && createPortal(<Crumbs crumbs={crumbs} title={title} />, place)}
      {isFilling ? (
        <div className="flex h-full min-h-0 flex-col">{children}</div>
      ) : (
        <div className="h-full overflow-y-auto">
          <div className="mx-auto max-w-[1400px] px-4 py-4 md:px-6 md:py-5">{children}</div>
        </div>
      )}
    </>
  );
}

function Crumbs({ crumbs, title }: { crumbs: readonly Crumb[]; title: string }) {
  return (
    <nav aria-label="Breadcrumb" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1">
        {crumbs.map(({ label, ...link }) => (
          <li key={label} className="flex min-w-0 items-center gap-1 max-sm:hidden">
            <Link {...link} className="truncate rounded-sm text-muted hover:text-ink">
              {label}
            </Link>
            <ChevronRight size={13} aria-hidden className="shrink-0 text-muted" />
          </li>
        ))}
        <li aria-current="page" className="min-w-0">
          <h1 className="truncate font-semibold">{title}</h1>
        </li>
      </ol>
    </nav>
  );
}
