import { Page } from "@/app/Page";

export default function HomePage() {
  return <Page title="Home">{null}</Page>;
}
