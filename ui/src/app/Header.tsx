import { Moon, Search, Sun, SunMoon } from "lucide-react";
import { useLiveStatus } from "@/api/hooks";
import type { LiveState } from "@/api/live";
import { Button, IconButton } from "@/design/Button";
import { Menu, MenuItem, MenuLine } from "@/design/Menu";
import { Time, useZone } from "@/design/Time";
import { localZone } from "@/models/instant";
import { type Preferences, prefer, usePreferences } from "@/models/preferences";

type Props = { crumbPlace: (element: HTMLElement | null) => void; onSearch: () => void };

/** Above every page: where one is, search, zone, liveness and theme. */
export function Header({ crumbPlace, onSearch }: Props) {
  return (
    <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-panel px-3 md:gap-2 md:pr-4 md:pl-6">
      <div ref={crumbPlace} className="min-w-0 flex-1" />
      <LiveDot />
      <button
        type="button"
        onClick={onSearch}
        className="hidden h-8 w-52 items-center gap-2 rounded-md border border-line bg-page px-2.5 text-sm text-muted hover:border-line-strong lg:flex"
      >
        <Search size={14} aria-hidden />
        <span className="flex-1 text-left">Search</span>
        <kbd className="rounded-sm border border-line bg-panel px-1 text-[11px] leading-4">
          Ctrl K
        </kbd>
      </button>
      <IconButton label="Search" onPress={onSearch} className="lg:hidden">
        <Search size={16} />
      </IconButton>
      <ZoneMenu />
      <ThemeButton />
    </header>
  );
}

const DOTS: Readonly<Record<LiveState, readonly [string, string]>> = {
  connecting: ["size-2 rounded-full bg-muted", "connecting"],
  live: ["size-2 rounded-full bg-completed", "live"],
  offline: ["size-2 rounded-full bg-failed", "offline"],
  polling: ["size-2 rounded-full border-2 border-scheduled", "polling"],
};

const TIPS: Readonly<Record<LiveState, string>> = {
  connecting: "Connecting to the server",
  live: "Changes are shown as they happen",
  offline: "The server does not answer; this is what was known last",
  polling: "The live stream is down; asking every 3 seconds instead",
};

function LiveDot() {
  const { state, heard } = useLiveStatus();
  const [dot, word] = DOTS[state];
  return (
    <span
      role="status"
      data-live={state}
      data-tip={TIPS[state]}
      className="flex items-center gap-1.5 px-1.5 text-xs text-muted"
    >
      <span aria-hidden className={dot} />
      <span className="max-sm:sr-only">
        {word}
        {state === "offline" && heard !== null && (
          <>
            {" since "}
            <Time at={heard} />
          </>
        )}
      </span>
    </span>
  );
}

function ZoneMenu() {
  const { zone } = usePreferences();
  const shown = useZone();
  const local = localZone();
  return (
    <Menu
      label="Time zone"
      trigger={
        <Button kind="ghost" className="max-sm:hidden" aria-label={`Time zone: ${shown}`}>
          {shown}
        </Button>
      }
    >
      <MenuItem isChosen={zone === "local"} onAction={() => prefer({ zone: "local" })} text="local">
        This machine ({local})
      </MenuItem>
      <MenuItem isChosen={zone === "UTC"} onAction={() => prefer({ zone: "UTC" })} text="UTC">
        UTC
      </MenuItem>
      {zone !== "local" && zone !== "UTC" && (
        <MenuItem isChosen text={zone}>
          {zone}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem href="/settings">Another zone…</MenuItem>
    </Menu>
  );
}

const NEXT: Readonly<Record<Preferences["theme"], Preferences["theme"]>> = {
  dark: "system",
  light: "dark",
  system: "light",
};

function ThemeButton() {
  const { theme } = usePreferences();
  const Icon = { dark: Moon, light: Sun, system: SunMoon }[theme];
  return (
    <IconButton label={`Theme: ${theme}`} onPress={() => prefer({ theme: NEXT[theme] })}>
      <Icon size={16} />
    </IconButton>
  );
}
