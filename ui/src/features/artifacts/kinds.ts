/** The kinds of artifacts: their words and icons. */

import {
  ChartScatter,
  FileText,
  Gauge,
  Globe,
  Hash,
  Image,
  Link2,
  type LucideIcon,
  Table2,
} from "lucide-react";

export const KINDS = [
  "figure",
  "table",
  "markdown",
  "image",
  "html",
  "number",
  "progress",
  "link",
] as const;

export type Kind = (typeof KINDS)[number];

type Looks = { readonly icon: LucideIcon; readonly one: string; readonly many: string };

const LOOKS: Readonly<Record<Kind, Looks>> = {
  figure: { icon: ChartScatter, many: "Figures", one: "Figure" },
  html: { icon: Globe, many: "HTML", one: "HTML" },
  image: { icon: Image, many: "Images", one: "Image" },
  link: { icon: Link2, many: "Links", one: "Link" },
  markdown: { icon: FileText, many: "Markdown", one: "Markdown" },
  number: { icon: Hash, many: "Numbers", one: "Number" },
  progress: { icon: Gauge, many: "Progress", one: "Progress" },
  table: { icon: Table2, many: "Tables", one: "Table" },
};

const OTHER: Looks = { icon: FileText, many: "Others", one: "Artifact" };

export function looksOf(kind: string): Looks {
  return (LOOKS as Readonly<Record<string, Looks>>)[kind] ?? OTHER;
}
