/** The log of a run: search, filters, lines. All of it stands in the address. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useShortcut } from "@/app/keys";
import { isOpenRun, useRunPage } from "../page";
import { getLogPlace } from "../queries";
import { LogFooter } from "./LogFooter";
import { LogList } from "./LogList";
import { LogToolbar } from "./LogToolbar";
import "./logs.css";
import { useHits } from "./useHits";
import type { Target } from "./useScroll";
import { wordsOfSearch } from "./words";

export default function LogsTab() {
  const { id, run, search, setSearch } = useRunPage();
  const words = useMemo(() => wordsOfSearch(search), [search]);
  const find = search.find ?? "";
  const hits = useHits(id, words, search.only === true ? "" : find);
  const isLive = isOpenRun(run);
  const [isFollowing, setFollowing] = useState(isLive && search.line === undefined);
  const [shown, setShown] = useState<readonly [number, number, number]>([0, 0, 0]);
  const [jump, setJump] = useState<Target | null>(null);
  const place = useLinePlace();
  const { position, current } = hits;

  useEffect(() => {
    if (position === null) return;
    setFollowing(false);
    setJump({ position, key: `hit ${current}` });
  }, [position, current]);
  useEffect(() => {
    if (typeof place === "number") setJump({ position: place, key: `line ${search.line}` });
  }, [place, search.line]);
  useShortcut("l", "Follow the log", "Run", () => setFollowing(!isFollowing));

  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <LogToolbar hits={hits} isLive={isLive} isFollowing={isFollowing} onFollow={setFollowing} />
      {place === null ? (
        <p className="mb-1 text-sm text-muted">
          The line of this link is not among those shown.{" "}
          <button
            type="button"
            className="link"
            onClick={() =>
              setSearch({
                task: undefined,
                of: undefined,
                level: undefined,
                logger: undefined,
                only: undefined,
                nested: undefined,
              })
            }
          >
            Show all lines
          </button>
        </p>
      ) : null}
      <LogList
        key={JSON.stringify([words, search.newest])}
        words={words}
        find={find}
        hit={hits.position}
        jump={jump}
        isFollowing={isFollowing}
        onFollow={setFollowing}
        onShown={setShown}
      />
      <LogFooter shown={shown} onGo={(at) => setJump({ position: at, key: `go ${at}` })} />
    </div>
  );
}

/** Position of the line that the address names; null: it is not there; undefined: not known. */
function useLinePlace(): number | null | undefined {
  const { id, search } = useRunPage();
  const words = useMemo(() => wordsOfSearch(search), [search]);
  const line = search.line ?? 0;
  const { data } = useQuery({
    ...getLogPlace(id, words, line),
    enabled: search.line !== undefined,
  });
  return search.line === undefined ? undefined : data;
}
