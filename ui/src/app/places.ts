/** The pages that the rail leads to. */

import {
  ChartScatter,
  House,
  ListTree,
  type LucideIcon,
  ScrollText,
  Settings,
  Workflow,
} from "lucide-react";

type Place = {
  readonly to: "/" | "/runs" | "/flows" | "/artifacts" | "/logs" | "/settings";
  readonly label: string;
  readonly icon: LucideIcon;
  /** Key after `g`. */
  readonly key: string;
};

export const PLACES: readonly Place[] = [
  { icon: House, key: "h", label: "Home", to: "/" },
  { icon: ListTree, key: "r", label: "Runs", to: "/runs" },
  { icon: Workflow, key: "f", label: "Flows", to: "/flows" },
  { icon: ChartScatter, key: "a", label: "Artifacts", to: "/artifacts" },
  { icon: ScrollText, key: "l", label: "Logs", to: "/logs" },
  { icon: Settings, key: "s", label: "Settings", to: "/settings" },
];
