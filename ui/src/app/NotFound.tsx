import { Link, useRouterState } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { Page } from "@/app/Page";
import { PLACES } from "@/app/places";
import { EmptyState } from "@/design/EmptyState";

type Props = {
  /** What was looked for, in a sentence. */
  what?: string;
};

/** Says what was looked for, and where it may be. */
export function NotFound({ what }: Props) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <Page title="Not found">
      <EmptyState icon={<SearchX size={28} />} title="There is nothing here">
        <p>{what ?? `No page is at ${path}.`}</p>
        <ul className="flex flex-wrap justify-center gap-3">
          {PLACES.map(({ to, label }) => (
            <li key={to}>
              <Link to={to} className="link">
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </EmptyState>
    </Page>
  );
}
