import { lazy, Suspense } from "react";

const Markdown = lazy(() => import("@/features/artifacts/Markdown"));

/** What an artifact's author says of it. */
export function Description({ text }: { text: string }) {
  return (
    <Suspense fallback={<p>{text}</p>}>
      <Markdown text={text} isPreview={false} />
    </Suspense>
  );
}
