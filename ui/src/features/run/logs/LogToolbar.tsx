/** Search and filters of the log. */

import { useQuery } from "@tanstack/react-query";
import { ArrowDownNarrowWide, ArrowUpNarrowWide, Download, WrapText, X } from "lucide-react";
import { Button, IconButton } from "@/design/Button";
import { Menu, MenuItem } from "@/design/Menu";
import { useRunPage } from "../page";
import { findLoggers, logDownload } from "../queries";
import { Switcher } from "../Switcher";
import { LogFind } from "./LogFind";
import type { Hits } from "./useHits";
import { LEVELS, wordsOfSearch } from "./words";

type Props = {
  hits: Hits;
  isLive: boolean;
  isFollowing: boolean;
  onFollow: (on: boolean) => void;
};

export function LogToolbar({ hits, isLive, isFollowing, onFollow }: Props) {
  const { search, setSearch } = useRunPage();
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <LogFind hits={hits} />
      <select
        aria-label="Lowest level"
        className="lg-select"
        value={search.level ?? 0}
        onChange={(event) => setSearch({ level: Number(event.target.value) || undefined })}
      >
        {LEVELS.map(([level, words]) => (
          <option key={level} value={level}>
            {words}
          </option>
        ))}
      </select>
      <LoggerChoice />
      {search.of === undefined ? null : <OfChip of={search.of} />}
      <Switcher
        isOn={search.nested !== false}
        onChange={(on) => setSearch({ nested: on ? undefined : false })}
      >
        nested runs
      </Switcher>
      <div className="ml-auto flex items-center gap-1">
        {isLive ? (
          <Switcher isOn={isFollowing} onChange={onFollow} hint="l">
            follow
          </Switcher>
        ) : null}
        <IconButton
          label={search.newest === true ? "Newest first" : "Oldest first"}
          isSmall
          onPress={() => setSearch({ newest: search.newest === true ? undefined : true }, true)}
        >
          {search.newest === true ? (
            <ArrowUpNarrowWide size={15} />
          ) : (
            <ArrowDownNarrowWide size={15} />
          )}
        </IconButton>
        <IconButton
          label="Wrap long lines"
          isSmall
          isOn={search.wrap === true}
          onPress={() => setSearch({ wrap: search.wrap === true ? undefined : true }, true)}
        >
          <WrapText size={15} />
        </IconButton>
        <DownloadMenu />
      </div>
    </div>
  );
}

function LoggerChoice() {
  const { id, search, setSearch } = useRunPage();
  const { data: loggers = [] } = useQuery(findLoggers(id));
  const chosen = search.logger?.[0] ?? "";
  if (loggers.length < 2 && chosen === "") return null;
  const all = loggers.includes(chosen) || chosen === "" ? loggers : [chosen, ...loggers];
  return (
    <select
      aria-label="Logger"
      className="lg-select max-w-48"
      value={chosen}
      onChange={(event) =>
        setSearch({ logger: event.target.value === "" ? undefined : [event.target.value] })
      }
    >
      <option value="">all loggers</option>
      {all.map((logger) => (
        <option key={logger} value={logger}>
          {logger}
        </option>
      ))}
    </select>
  );
}

/** The task run whose lines are shown alone. */
function OfChip({ of }: { of: string }) {
  const { id, setSearch } = useRunPage();
  const name = of.startsWith(`${id}-`) ? `task run ${of.slice(id.length + 1)}` : of;
  return (
    <button
      type="button"
      onClick={() => setSearch({ of: undefined })}
      className="inline-flex h-6 items-center gap-1 rounded-full border border-accent bg-accent-ground pr-1.5 pl-2.5 text-sm"
    >
      only {name} <span className="sr-only">take this filter out</span>
      <X size={13} aria-hidden />
    </button>
  );
}

function DownloadMenu() {
  const { id, search } = useRunPage();
  return (
    <Menu
      label="Download"
      trigger={
        <Button kind="ghost" isSmall aria-label="Download the log" className="w-7 px-0">
          <Download size={15} aria-hidden />
        </Button>
      }
    >
      <MenuItem onAction={() => download(logDownload(id, wordsOfSearch(search)))}>
        What is shown
      </MenuItem>
      <MenuItem onAction={() => download(logDownload(id, {}))}>Everything</MenuItem>
    </Menu>
  );
}

/** The server names the file and streams it: a million lines never pass through the page. */
function download(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
