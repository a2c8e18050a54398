import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { lazy, Suspense } from "react";
import { contentUrl } from "@/api/client";
import { getArtifact } from "@/api/queries";
import type { Artifact } from "@/api/types";
import {
  nameOf,
  readImageUrl,
  readLink,
  readNumber,
  readProgress,
  readTable,
  readText,
  sayNumber,
  sayValue,
} from "@/features/artifacts/data";
import { Picture } from "@/features/artifacts/Picture";
import { TablePreview } from "@/features/artifacts/TablePreview";

const Markdown = lazy(() => import("@/features/artifacts/Markdown"));
const TableView = lazy(() => import("@/features/artifacts/TableView"));

type Props = {
  artifact: Artifact;
  /** A small picture of it, for galleries: no controls, cut to its place. */
  isPreview?: boolean;
};

/** Draws an artifact of any kind. It is the one door to this folder for other pages. */
export function ArtifactView({ artifact, isPreview = false }: Props) {
  switch (artifact.kind) {
    case "markdown":
      return <TextLoader artifact={artifact} isPreview={isPreview} />;
    case "table":
      return <TableLoader artifact={artifact} isPreview={isPreview} />;
    case "figure":
    case "image":
      return <ImageView artifact={artifact} isPreview={isPreview} />;
    case "html":
      return <Frame artifact={artifact} isPreview={isPreview} />;
    case "link":
      return <LinkView data={artifact.data} />;
    case "progress":
      return <Progress value={readProgress(artifact.data)} label={nameOf(artifact)} />;
    case "number":
      return <BigNumber value={readNumber(artifact.data)} />;
    default:
      return <pre className="overflow-auto">{sayValue(artifact.data)}</pre>;
  }
}

function Waiting() {
  return <div className="h-16 animate-pulse rounded-md bg-hover" />;
}

/** Lists leave long texts out; one is asked for when it is drawn. */
function TextLoader({ artifact, isPreview }: Required<Props>) {
  const isKnown = artifact.data !== null;
  const { data } = useQuery({ ...getArtifact(artifact.id), enabled: !isKnown });
  const found = isKnown ? artifact : data;
  if (found === undefined) return <Waiting />;
  return (
    <Suspense fallback={<Waiting />}>
      <Markdown text={readText(found.data)} isPreview={isPreview} />
    </Suspense>
  );
}

/** Lists leave large tables out; one is asked for when it is drawn. */
function TableLoader({ artifact, isPreview }: Required<Props>) {
  const known = readTable(artifact.data);
  const { data } = useQuery({ ...getArtifact(artifact.id), enabled: known === null });
  const table = known ?? readTable(data?.data);
  if (table === null) return <Waiting />;
  if (isPreview) return <TablePreview table={table} />;
  return (
    <Suspense fallback={<TablePreview table={table} />}>
      <TableView table={table} name={nameOf(artifact)} />
    </Suspense>
  );
}

function ImageView({ artifact, isPreview }: Required<Props>) {
  const elsewhere = readImageUrl(artifact.data);
  const name = nameOf(artifact);
  if (artifact.url !== null) {
    return <Picture src={contentUrl(artifact.url, "inline")} name={name} isPreview={isPreview} />;
  }
  if (elsewhere?.startsWith("data:image/") === true) {
    return <Picture src={elsewhere} name={name} isPreview={isPreview} />;
  }
  // Nothing is loaded from elsewhere: whoever opens the page would be seen there.
  return (
    <LinkView data={{ link: elsewhere ?? "", link_text: "The image is kept elsewhere: open it" }} />
  );
}

/** HTML in a frame that may run scripts and nothing else: no access to this page, or its API. */
function Frame({ artifact, isPreview }: Required<Props>) {
  if (artifact.url === null) return null;
  return (
    <iframe
      title={nameOf(artifact)}
      src={contentUrl(artifact.url, "inline")}
      sandbox="allow-scripts"
      loading="lazy"
      referrerPolicy="no-referrer"
      {...(isPreview ? { "aria-hidden": true, tabIndex: -1 } : {})}
      className={`w-full rounded-sm border-0 bg-white ${isPreview ? "pointer-events-none h-44" : "h-[480px] resize-y overflow-auto"}`}
    />
  );
}

function LinkView({ data }: { data: unknown }) {
  const { href, text } = readLink(data);
  if (href === null) return <span className="break-all text-muted">{text}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className="link inline-flex max-w-full min-w-0 items-center gap-1.5"
    >
      <ExternalLink size={14} aria-hidden className="shrink-0" />
      <span className="truncate">{text}</span>
    </a>
  );
}

function Progress({ value, label }: { value: number; label: string }) {
  return (
    <div className="flex items-center gap-3">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuenow={Math.round(value)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-2 min-w-24 flex-1 overflow-hidden rounded-full bg-selected"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-150"
          style={{ width: `${value}%` }}
        />
      </div>
      <span className="w-12 text-right text-sm">{Math.round(value)} %</span>
    </div>
  );
}

function BigNumber({ value }: { value: number | null }) {
  return (
    <p className="font-mono text-[28px] leading-9 tracking-tight">
      {value === null ? "–" : sayNumber(value)}
    </p>
  );
}
