import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { findFlows } from "@/api/queries";
import { Page } from "@/app/Page";
import { PLACES } from "@/app/places";
import { EmptyState } from "@/design/EmptyState";
import { findNear } from "@/models/near";

type Props = {
  /** What was looked for, in a sentence. */
  what?: string;
  /** Name of what was looked for; by default the last word of the address. */
  name?: string;
};

/** Says what was looked for, and what there is that is like it. */
export function NotFound({ what, name }: Props) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const { data: flows = [] } = useQuery(findFlows());
  const word = name ?? path.split("/").at(-1) ?? "";
  const near = findNear(
    word,
    flows.map((flow) => flow.name),
  );
  const places = findNear(
    word,
    PLACES.map(({ label }) => label),
    1,
  );
  const shown = places.length > 0 ? PLACES.filter(({ label }) => places.includes(label)) : PLACES;
  return (
    <Page title="Not found">
      <EmptyState icon={<SearchX size={26} />} title="There is nothing here">
        <p>{what ?? `No page is at ${path}.`}</p>
        {near.length > 0 && (
          <p>
            Perhaps the flow{" "}
            {near.map((flow, place) => (
              <span key={flow}>
                {place > 0 && (place === near.length - 1 ? " or " : ", ")}
                <Link to="/flows/$name" params={{ name: flow }} className="link">
                  {flow}
                </Link>
              </span>
            ))}
            ?
          </p>
        )}
        <ul className="flex flex-wrap justify-center gap-4">
          {shown.map(({ to, label }) => (
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
