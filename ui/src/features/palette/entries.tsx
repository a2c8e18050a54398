import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  ChartScatter,
  Clock,
  Keyboard,
  Link2,
  ListTree,
  Palette as PaletteIcon,
  Rows3,
  ScrollText,
  Workflow,
} from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { findArtifactKeys, findFlows, findNewestFlowRuns } from "@/api/queries";
import { PLACES } from "@/app/places";
import { writeText } from "@/design/copy";
import { StateIcon } from "@/design/StateBadge";
import { Time } from "@/design/Time";
import { getPreferences, prefer } from "@/models/preferences";
import { lookOf } from "@/timeline/looks";

export type Entry = {
  readonly id: string;
  readonly group: string;
  readonly icon: ReactNode;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly act: () => void;
};

const MOST = 6;

function matches(text: string, words: string): boolean {
  const lower = text.toLowerCase();
  return words.split(/\s+/).every((word) => lower.includes(word));
}

/**
 * What the palette offers for a text: pages, runs, flows, artifacts and actions.
 *
 * Until `isWhole`, what the server finds is still on its way, or is that of an earlier text.
 */
export function useEntries(
  text: string,
  onKeys: () => void,
): { entries: readonly Entry[]; isWhole: boolean } {
  const words = text.trim().toLowerCase();
  const q = words === "" ? null : words.slice(0, 200);
  const runsFound = useQuery(findNewestFlowRuns({ q }, MOST));
  const keysFound = useQuery({ ...findArtifactKeys(q), enabled: q !== null });
  const { data: flows, isLoading: flowsLoad } = useQuery(findFlows());
  const runs = runsFound.data;
  const keys = keysFound.data;
  const isWhole = !(
    flowsLoad ||
    runsFound.isLoading ||
    runsFound.isPlaceholderData ||
    keysFound.isLoading ||
    keysFound.isPlaceholderData
  );
  const fixed = useFixed(onKeys);
  const navigate = useNavigate();
  const entries = useMemo(() => {
    const found: Entry[] = fixed.filter(({ label, group }) =>
      words === "" ? group === "Pages" : matches(`${group} ${label}`, words),
    );
    for (const { name } of (flows ?? [])
      .filter((flow) => matches(flow.name, words))
      .slice(0, MOST)) {
      found.push({
        act: () => void navigate({ params: { name }, to: "/flows/$name" }),
        group: "Flows",
        icon: <Workflow size={15} />,
        id: `flow ${name}`,
        label: name,
      });
    }
    for (const run of runs?.items ?? []) {
      found.push({
        act: () => void navigate({ params: { id: run.id }, to: "/runs/$id" }),
        group: words === "" ? "Last runs" : "Runs",
        hint: (
          <>
            {run.flow_name} <Time at={run.created} />
          </>
        ),
        icon: <StateIcon look={lookOf(run.state_type, run.state_name)} />,
        id: `run ${run.id}`,
        label: run.name,
      });
    }
    for (const { key, kind } of (keys ?? []).slice(0, MOST)) {
      found.push({
        act: () => void navigate({ params: { key }, to: "/artifacts/$key" }),
        group: "Artifacts",
        hint: kind,
        icon: <ChartScatter size={15} />,
        id: `key ${key}`,
        label: key,
      });
    }
    if (q !== null) found.push(...searches(text.trim(), navigate));
    return found;
  }, [fixed, flows, keys, navigate, q, runs, text, words]);
  return { entries, isWhole };
}

function searches(text: string, navigate: ReturnType<typeof useNavigate>): Entry[] {
  return [
    {
      act: () => void navigate({ search: { q: text }, to: "/runs" }),
      group: "Search",
      icon: <ListTree size={15} />,
      id: "search runs",
      label: `All runs with “${text}” in their name`,
    },
    {
      act: () => void navigate({ search: { q: text }, to: "/logs" }),
      group: "Search",
      icon: <ScrollText size={15} />,
      id: "search logs",
      label: `All log lines with “${text}”`,
    },
  ];
}

function useFixed(onKeys: () => void): readonly Entry[] {
  const navigate = useNavigate();
  return useMemo(() => {
    const pages = PLACES.map(({ to, label, icon: Icon, key }) => ({
      act: () => void navigate({ to }),
      group: "Pages",
      hint: `g ${key}`,
      icon: <Icon size={15} />,
      id: `page ${to}`,
      label,
    }));
    const themes = (["light", "dark", "system"] as const).map((theme) => ({
      act: () => prefer({ theme }),
      group: "Actions",
      icon: <PaletteIcon size={15} />,
      id: `theme ${theme}`,
      label: `Theme: ${theme}`,
    }));
    const trouble = {
      act: () => void navigate({ search: { state: ["FAILED", "CRASHED"] }, to: "/runs" }),
      group: "Actions",
      icon: <ListTree size={15} />,
      id: "trouble",
      label: "Show runs in trouble: failed, crashed",
    };
    return [...pages, ...themes, trouble, ...actions(onKeys)];
  }, [navigate, onKeys]);
}

function actions(onKeys: () => void): Entry[] {
  return [
    {
      act: () => prefer({ zone: getPreferences().zone === "UTC" ? "local" : "UTC" }),
      group: "Actions",
      icon: <Clock size={15} />,
      id: "zone",
      label: "Switch between UTC and local time",
    },
    {
      act: () =>
        prefer({ density: getPreferences().density === "compact" ? "comfortable" : "compact" }),
      group: "Actions",
      icon: <Rows3 size={15} />,
      id: "density",
      label: "Switch between compact and comfortable rows",
    },
    {
      act: () => void writeText(window.location.href),
      group: "Actions",
      icon: <Link2 size={15} />,
      id: "link",
      label: "Copy the link to this page",
    },
    {
      act: onKeys,
      group: "Actions",
      hint: "?",
      icon: <Keyboard size={15} />,
      id: "keys",
      label: "Show the keys",
    },
  ];
}
