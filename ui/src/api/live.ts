/**
 * The one owner of live state: one EventSource a tab, closed while the tab is hidden.
 *
 * What the stream tells is gathered and handed on once per animation frame. While there is no
 * stream, the events of the store are polled; while nothing answers, the page is offline and keeps
 * what it has.
 */

import { type Changes, mergeChanges } from "@/api/changes";
import { api, dataOf, queryString, urlOf } from "@/api/client";

/** How the page hears of changes. */
export type LiveState = "connecting" | "live" | "polling" | "offline";

export type LiveStatus = {
  readonly state: LiveState;
  /** When the server was last heard of, in milliseconds since the epoch. */
  readonly heard: number | null;
  /** Version of the server, as the stream said it first. */
  readonly version: string | null;
  /** The server has another version than when the page was loaded. */
  readonly isUpgraded: boolean;
};

/** What listeners get; null: anything may have changed. */
export type Listener = (changes: Changes | null) => void;

const POLL = 3_000;
const SILENCE = 40_000;
const RETRY = [500, 1_000, 2_000, 5_000, 10_000] as const;

let status: LiveStatus = { state: "connecting", heard: null, version: null, isUpgraded: false };
let source: EventSource | null = null;
let watched: string | null = null;
let cursor: number | null = null;
let clockOffset = 0;
let failures = 0;
let isStarted = false;
let isOld = false;
let pending: Changes | null = null;
let isAll = false;
let isFlushPlanned = false;
let pollTimer: ReturnType<typeof setTimeout> | null = null;
let retryTimer: ReturnType<typeof setTimeout> | null = null;
let silenceTimer: ReturnType<typeof setTimeout> | null = null;

const listeners = new Set<Listener>();
const onlookers = new Set<() => void>();

/** Milliseconds since the epoch by the server's clock. */
export function serverNow(): number {
  return Date.now() + clockOffset;
}

/** Begin to listen; the page does this once. */
export function startLive(): void {
  if (isStarted) return;
  isStarted = true;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else connect();
  });
  connect();
}

/** Be told of changes. Gives back how to stop. */
export function onChanges(listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Ask the stream for what happens inside of one run; null: of none. */
export function watchRun(id: string | null): void {
  if (watched === id) return;
  watched = id;
  if (isStarted && !document.hidden) connect();
}

/** Be told when the status changes: for `useSyncExternalStore`. */
export function onStatus(onlooker: () => void): () => void {
  onlookers.add(onlooker);
  return () => {
    onlookers.delete(onlooker);
  };
}

export function getStatus(): LiveStatus {
  return status;
}

/** Try again at once, because somebody asked for it. */
export function reconnect(): void {
  failures = 0;
  connect();
}

function setStatus(change: Partial<LiveStatus>): void {
  const next = { ...status, ...change };
  const keys = Object.keys(next) as (keyof LiveStatus)[];
  if (keys.every((key) => next[key] === status[key])) return;
  status = next;
  for (const onlooker of onlookers) onlooker();
}

function close(): void {
  source?.close();
  source = null;
  for (const timer of [pollTimer, retryTimer, silenceTimer]) {
    if (timer !== null) clearTimeout(timer);
  }
  pollTimer = retryTimer = silenceTimer = null;
}

function connect(): void {
  close();
  const query = queryString({ run: watched });
  const opened = new EventSource(urlOf(`api/stream${query === "" ? "" : `?${query}`}`));
  source = opened;
  opened.addEventListener("hello", (event) => greet(parse(event)));
  opened.addEventListener("tick", (event) => hear(parse(event)));
  opened.addEventListener("reset", () => tellAll());
  opened.addEventListener("changes", (event) => {
    hear({});
    const changes = parse<Changes>(event);
    cursor = changes.cursor;
    tell(changes);
  });
  opened.addEventListener("error", () => {
    if (source === opened) fail();
  });
  awaitSound();
}

function parse<T>(event: MessageEvent<string>): T {
  return JSON.parse(event.data) as T;
}

type Hello = { cursor: number; server_time: string; version: string };

function greet(hello: Hello): void {
  failures = 0;
  if (status.version !== null && status.version !== hello.version) isOld = true;
  setStatus({ state: "live", version: status.version ?? hello.version, isUpgraded: isOld });
  hear(hello);
  if (pollTimer !== null) clearTimeout(pollTimer);
  pollTimer = null;
  // What happened while nobody listened is asked for anew.
  const hasMissed = cursor !== null && cursor !== hello.cursor;
  cursor = hello.cursor;
  if (hasMissed) tellAll();
}

function hear(news: { server_time?: string }): void {
  if (news.server_time !== undefined) clockOffset = Date.parse(news.server_time) - Date.now();
  // Once a second is exact enough, and does not draw the header anew with every message.
  const now = Date.now();
  if (status.heard === null || now - status.heard > 1_000) setStatus({ heard: now });
  awaitSound();
}

/** A connection that says nothing for long is dead, though nobody has been told. */
function awaitSound(): void {
  if (silenceTimer !== null) clearTimeout(silenceTimer);
  silenceTimer = setTimeout(() => fail(), SILENCE);
}

function fail(): void {
  close();
  const wait = RETRY[Math.min(failures, RETRY.length - 1)] ?? POLL;
  failures += 1;
  retryTimer = setTimeout(connect, wait);
  void poll();
}

async function poll(): Promise<void> {
  try {
    const after = cursor ?? 0;
    const page = await dataOf(api.GET("/api/events", { params: { query: { after, limit: 1 } } }));
    if (source !== null && status.state === "live") return;
    setStatus({ state: "polling", heard: Date.now() });
    if (page.items.length > 0) tellAll();
    cursor = Math.max(after, page.cursor);
  } catch {
    // Whatever it was: nothing came. The banner says so, and the next look is already planned.
    if (status.state !== "live" || source === null) setStatus({ state: "offline" });
  }
  if (pollTimer === null && status.state !== "live" && !document.hidden) {
    pollTimer = setTimeout(() => {
      pollTimer = null;
      void poll();
    }, POLL);
  }
}

function tell(changes: Changes): void {
  pending = mergeChanges(pending, changes);
  planFlush();
}

function tellAll(): void {
  isAll = true;
  planFlush();
}

function planFlush(): void {
  if (isFlushPlanned) return;
  isFlushPlanned = true;
  requestAnimationFrame(flush);
}

function flush(): void {
  isFlushPlanned = false;
  const changes = pending;
  const all = isAll;
  pending = null;
  isAll = false;
  for (const listener of listeners) {
    if (all) listener(null);
    else if (changes !== null) listener(changes);
  }
}
