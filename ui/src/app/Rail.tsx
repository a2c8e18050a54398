import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { PLACES } from "@/app/places";
import { IconButton } from "@/design/Button";
import { prefer, usePreferences } from "@/models/preferences";

function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-6 shrink-0" aria-hidden>
      <rect width="32" height="32" rx="7" fill="#0b6e74" />
      <path
        d="M8 9h9a6 6 0 0 1 0 12h-4v4"
        fill="none"
        stroke="#fff"
        strokeWidth="3.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <circle cx="8" cy="9" r="2.4" fill="#9fe3e0" />
    </svg>
  );
}

/** The way between the pages, on the left. */
export function Rail() {
  const { isRailNarrow } = usePreferences();
  return (
    <nav
      aria-label="Pages"
      className={`hidden shrink-0 flex-col border-r border-line bg-panel md:flex ${isRailNarrow ? "w-14" : "w-(--rail)"}`}
    >
      <Link
        to="/"
        aria-label="Penstock, home"
        className="flex h-12 items-center gap-2.5 px-4 outline-offset-[-3px]"
      >
        <Mark />
        {!isRailNarrow && <span className="text-base font-semibold tracking-tight">Penstock</span>}
      </Link>
      <div className="flex flex-1 flex-col gap-0.5 px-2 py-1">
        {PLACES.map(({ to, label, icon: Icon, key }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === "/", includeSearch: false }}
            className="flex h-8 items-center gap-2.5 rounded-md px-2.5 text-sm text-muted hover:bg-hover hover:text-ink data-[status=active]:bg-selected data-[status=active]:font-medium data-[status=active]:text-ink"
            data-tip={isRailNarrow ? label : undefined}
            aria-keyshortcuts={`g ${key}`}
          >
            <Icon size={16} aria-hidden className="shrink-0" />
            <span className={isRailNarrow ? "sr-only" : ""}>{label}</span>
          </Link>
        ))}
      </div>
      <div className="p-2">
        <IconButton
          label={isRailNarrow ? "Widen the rail" : "Narrow the rail"}
          onPress={() => prefer({ isRailNarrow: !isRailNarrow })}
        >
          {isRailNarrow ? <PanelLeftOpen size={16} /> : <PanelLeftClose size={16} />}
        </IconButton>
      </div>
    </nav>
  );
}

/** The same at the bottom, on a phone. */
export function BottomBar() {
  return (
    <nav
      aria-label="Pages"
      className="flex shrink-0 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {PLACES.map(({ to, label, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          className="flex min-w-0 flex-1 flex-col items-center gap-0.5 py-2 text-[11px] leading-4 text-muted outline-offset-[-3px] data-[status=active]:text-accent"
        >
          <Icon size={18} aria-hidden />
          <span className="truncate">{label}</span>
        </Link>
      ))}
    </nav>
  );
}
