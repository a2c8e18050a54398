import { Page } from "@/app/Page";

export default function SeriesPage() {
  return <Page title="Artifact">{null}</Page>;
}
