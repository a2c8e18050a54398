import { Page } from "@/app/Page";

export default function FlowsPage() {
  return <Page title="Flows">{null}</Page>;
}
