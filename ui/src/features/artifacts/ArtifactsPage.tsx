import { Page } from "@/app/Page";

export default function ArtifactsPage() {
  return <Page title="Artifacts">{null}</Page>;
}
