import { Page } from "@/app/Page";

export default function RunsPage() {
  return <Page title="Runs">{null}</Page>;
}
