import { Page } from "@/app/Page";

export default function FlowPage() {
  return <Page title="Flow">{null}</Page>;
}
