import { Page } from "@/app/Page";

export default function LogSearchPage() {
  return <Page title="Logs">{null}</Page>;
}
