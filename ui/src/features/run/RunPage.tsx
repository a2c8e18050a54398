import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { getFlowRun } from "@/api/queries";
import { Page } from "@/app/Page";
import { StateBadge } from "@/design/StateBadge";

const route = getRouteApi("/runs/$id");

/** The page of one run. */
export default function RunPage() {
  const { id } = route.useParams();
  const { data: run } = useQuery(getFlowRun(id));
  return (
    <Page title={run?.name ?? "Run"} crumbs={[{ label: "Runs", to: "/runs" }]}>
      {run !== undefined && <StateBadge type={run.state_type} name={run.state_name} />}
    </Page>
  );
}
