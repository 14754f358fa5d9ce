// Live changes: one EventSource for this tab. A change names a room and an id, never data; the
// queries of that room are fetched again. Falls back to polling when the stream keeps failing.
import { useEffect, useSyncExternalStore } from "react";
import { liveUrl } from "./api";
import { queryClient } from "./query";

export type LiveState = "connecting" | "live" | "polling";
type Change = { room: string; id: string | null; rev: number };

const failuresBeforePolling = 3;
const pollEveryMs = 15_000;
const gatherMs = 800;
/** Changes that do not cease are gathered for longer and longer: a busy hour is no flood of requests. */
const longestGatherMs = 5_000;
const freshForMs = 6_000;

/** A minimal external store for useSyncExternalStore. */
function store<T>(initial: T) {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    read: () => value,
    write(next: T) {
      if (Object.is(next, value)) return;
      value = next;
      for (const notify of listeners) notify();
    },
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const state = store<LiveState>("connecting");
const fresh = store<ReadonlySet<string>>(new Set());

function markFresh(id: string): void {
  fresh.write(new Set(fresh.read()).add(id));
  window.setTimeout(() => {
    const rest = new Set(fresh.read());
    rest.delete(id);
    fresh.write(rest);
  }, freshForMs);
}

/** Which rooms' queries a change of a room makes old. */
const alsoOld: Record<string, string[]> = {
  calls: ["calls", "contacts", "usage"],
  deliveries: ["deliveries", "call", "delivery-stats"],
  endpoints: ["endpoints", "connections", "delivery-stats"],
  inbox: ["inbox", "call"],
};

/** Connects the tab to a tenant's changes; returns how to disconnect. */
export function connectLive(tenant: string): () => void {
  let source: EventSource | null = null;
  let failures = 0;
  let retryTimer: number | undefined;
  let pollTimer: number | undefined;
  let flushTimer: number | undefined;
  let lastFlush = 0;
  let gather = gatherMs;
  let closed = false;
  const old = new Set<string>();

  function flush(): void {
    flushTimer = undefined;
    lastFlush = Date.now();
    for (const room of old) void queryClient.invalidateQueries({ queryKey: [room, tenant] });
    old.clear();
  }

  function refetchAll(): void {
    void queryClient.invalidateQueries({ predicate: (query) => query.queryKey[1] === tenant });
  }

  function poll(on: boolean): void {
    window.clearInterval(pollTimer);
    pollTimer = on ? window.setInterval(refetchAll, pollEveryMs) : undefined;
  }

  function onChange(event: MessageEvent<string>): void {
    let change: Change;
    try {
      change = JSON.parse(event.data) as Change;
    } catch {
      return;
    }
    if (change.id !== null) markFresh(change.id);
    for (const room of alsoOld[change.room] ?? [change.room]) old.add(room);
    if (change.room === "calls") old.add("call");
    // The first change shows at once; a burst is gathered.
    if (flushTimer !== undefined) return;
    const wait = Math.max(0, lastFlush + gather - Date.now());
    gather = wait > 0 ? Math.min(gather * 2, longestGatherMs) : gatherMs;
    flushTimer = window.setTimeout(flush, wait);
  }

  function open(): void {
    source = new EventSource(liveUrl(tenant));
    source.addEventListener("open", () => {
      if (failures > 0) refetchAll();
      failures = 0;
      poll(false);
      state.write("live");
    });
    source.addEventListener("change", onChange);
    source.addEventListener("resync", refetchAll);
    source.addEventListener("error", () => {
      failures += 1;
      if (failures >= failuresBeforePolling && state.read() !== "polling") {
        state.write("polling");
        refetchAll();
        poll(true);
      } else if (state.read() === "live") {
        state.write("connecting");
      }
      // The browser reconnects by itself (and resumes by id) unless the answer was a refusal.
      if (source?.readyState === EventSource.CLOSED && !closed) {
        window.clearTimeout(retryTimer);
        retryTimer = window.setTimeout(open, Math.min(30_000, 1_000 * 2 ** failures));
      }
    });
  }

  state.write("connecting");
  open();
  return () => {
    closed = true;
    source?.close();
    poll(false);
    window.clearTimeout(retryTimer);
    window.clearTimeout(flushTimer);
  };
}

/** Keeps the tab connected while a tenant is viewed. */
export function useLiveConnection(tenant: string | undefined): void {
  useEffect(() => (tenant === undefined ? undefined : connectLive(tenant)), [tenant]);
}

/** How changes arrive at the moment. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(state.subscribe, state.read);
}

/** Whether a thing changed in the last seconds, for a gentle highlight. */
export function useIsFresh(id: string): boolean {
  return useSyncExternalStore(fresh.subscribe, () => fresh.read().has(id));
}
