/** The timeline of a flow run: minimap, axis, rows, and what can be switched. */

import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useShortcut } from "@/app/keys";
import { criticalPath } from "@/timeline/critical";
import type { Row } from "@/timeline/layout";
import type { TimelineStore } from "@/timeline/store";
import { Minimap } from "./Minimap";
import { Rows } from "./Rows";
import { Toolbar } from "./Toolbar";
import { PointerStore, Tooltip } from "./Tooltip";
import "./timeline.css";
import { useTheme } from "./useTheme";
import { type ShownTimeline, useTimeline } from "./useTimeline";

interface TimelineProps {
  readonly store: TimelineStore;
  readonly tasks: ReadonlySet<string>;
  readonly failedOnly: boolean;
  readonly isLive: boolean;
  readonly chosen: string | null;
  readonly onFailedOnly: (on: boolean) => void;
  readonly onChoose: (row: Row) => void;
}

export function Timeline(props: TimelineProps): ReactNode {
  const { store, tasks, failedOnly, isLive, chosen, onFailedOnly, onChoose } = props;
  const shown = useTimeline({ store, tasks, failedOnly, isLive });
  const [active, setActive] = useState(0);
  const [isCritical, setCritical] = useState(false);
  const pointer = useMemo(() => new PointerStore(), []);
  const theme = useTheme();
  const { open, setOpen, rows, geometry } = shown;
  const critical = useCriticalPath(store, shown.version, isCritical);

  const toggle = useCallback(
    (row: Row) => {
      const next = new Set(open);
      if (!next.delete(row.id)) {
        next.add(row.id);
        const nested = row.kind === "run" ? row.group.model.nested.get(row.index) : undefined;
        if (nested !== undefined) store.open(nested);
      }
      setOpen(next);
    },
    [open, setOpen, store],
  );
  const switchFailed = useCallback(
    (on: boolean) => {
      onFailedOnly(on);
      if (on) setOpen(openAll(shown, store));
    },
    [onFailedOnly, setOpen, shown, store],
  );
  useShortcut("f", "Failed task runs only", "Run", () => switchFailed(!failedOnly));
  useShortcut("c", "Critical path", "Run", () => setCritical(!isCritical));
  const first = useFirst(rows.length > 0);
  useEffect(() => {
    if (first && failedOnly) setOpen(openAll(shown, store));
  }, [first, failedOnly, setOpen, shown, store]);

  return (
    <div className="tl">
      <Toolbar
        failedOnly={failedOnly}
        isCritical={isCritical}
        isZoomed={shown.isZoomed}
        hasOpen={open.size > 0}
        summary={summaryOf(store, rows.length)}
        onFailedOnly={switchFailed}
        onCritical={setCritical}
        onFit={() => shown.setWindow(null)}
        onOpenAll={() => setOpen(openAll(shown, store))}
        onCloseAll={() => setOpen(new Set())}
      />
      <Minimap
        model={store.root}
        version={shown.version}
        geometry={geometry}
        whole={shown.whole}
        theme={theme}
        onWindow={shown.setWindow}
      />
      <Rows
        rows={rows}
        geometry={geometry}
        origin={shown.origin}
        active={Math.min(active, rows.length - 1)}
        chosen={chosen}
        critical={critical}
        pointer={pointer}
        isLive={isLive}
        onActive={setActive}
        onChoose={onChoose}
        onToggle={toggle}
        onRange={shown.setRange}
        onPixels={shown.setPixels}
        onZoom={shown.zoom}
        onPan={shown.pan}
        onFit={() => shown.setWindow(null)}
      />
      <Tooltip pointer={pointer} origin={shown.origin} now={geometry.now} />
    </div>
  );
}

/** Open every group; nested runs are opened one by one, for each is a question to the server. */
function openAll(shown: ShownTimeline, store: TimelineStore): ReadonlySet<string> {
  const groups = store.groups.filter((group) => group.members.length > 1);
  return new Set([...shown.open, ...groups.map((group) => group.key)]);
}

/** Ids of the rows on the critical path, with the groups they are folded in. */
function useCriticalPath(
  store: TimelineStore,
  version: number,
  isWanted: boolean,
): ReadonlySet<string> {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the model changes in place, its version tells
  return useMemo(() => {
    if (!isWanted) return new Set<string>();
    const { root } = store;
    const path = new Set(criticalPath(root, (index) => root.upstreams.get(index) ?? []));
    const ids = new Set([...path].map((index) => root.idAt(index)));
    for (const group of store.groups) {
      if (group.members.some((index) => path.has(index))) ids.add(group.key);
    }
    return ids;
  }, [store, version, isWanted]);
}

/** True once, when what is awaited is there for the first time. */
function useFirst(isThere: boolean): boolean {
  const [wasThere, setWasThere] = useState(false);
  useEffect(() => {
    if (isThere) setWasThere(true);
  }, [isThere]);
  return isThere && !wasThere;
}

function summaryOf(store: TimelineStore, rows: number): string {
  const runs = store.root.count.toLocaleString("en");
  return `${runs} ${store.root.count === 1 ? "run" : "runs"} in ${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}`;
}
