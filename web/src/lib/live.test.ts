import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectLive } from "./live";
import { queryClient } from "./query";

class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static made: FakeSource[] = [];
  readyState = 1;
  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }
  close() {
    this.readyState = FakeSource.CLOSED;
  }
  change(data: unknown) {
    this.dispatchEvent(new MessageEvent("change", { data: JSON.stringify(data) }));
  }
}

const invalidate = vi.spyOn(queryClient, "invalidateQueries").mockResolvedValue();
const keys = () => invalidate.mock.calls.map(([filters]) => filters?.queryKey).filter(Boolean);
let close: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  FakeSource.made = [];
  invalidate.mockClear();
  close = connectLive("gagné");
});

afterEach(() => {
  close();
  vi.useRealTimers();
});

const source = () => FakeSource.made.at(-1) as FakeSource;

test("the stream is the tenant's", () => {
  expect(source().url).toBe("/api/v1/events?tenant=gagn%C3%A9");
});

test("a change makes the queries of its room old, at once", async () => {
  source().change({ room: "calls", id: "c1", rev: 1 });
  await vi.advanceTimersByTimeAsync(1);
  expect(keys()).toEqual([["calls", "gagné"], ["contacts", "gagné"], ["usage", "gagné"], ["call", "gagné"]]);
});

test("a received event makes its list and its call old", async () => {
  source().change({ room: "inbox", id: "i1", rev: 1 });
  await vi.advanceTimersByTimeAsync(1);
  expect(keys()).toEqual([["inbox", "gagné"], ["call", "gagné"]]);
});

test("a changed endpoint may be the one behind a connection", async () => {
  source().change({ room: "endpoints", id: "e1", rev: 1 });
  await vi.advanceTimersByTimeAsync(1);
  expect(keys()).toEqual([["endpoints", "gagné"], ["connections", "gagné"], ["delivery-stats", "gagné"]]);
});

test("a burst is gathered", async () => {
  source().change({ room: "deliveries", id: "d0", rev: 1 });
  await vi.advanceTimersByTimeAsync(1);
  invalidate.mockClear();
  for (let rev = 2; rev < 50; rev += 1) source().change({ room: "deliveries", id: `d${rev}`, rev });
  await vi.advanceTimersByTimeAsync(100);
  expect(keys()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(keys()).toEqual([["deliveries", "gagné"], ["call", "gagné"], ["delivery-stats", "gagné"]]);
});

test("changes that do not cease are fetched less and less often", async () => {
  const flushes = async (ms: number) => {
    invalidate.mockClear();
    for (let at = 0; at < ms; at += 100) {
      source().change({ room: "calls", id: "c1", rev: at });
      await vi.advanceTimersByTimeAsync(100);
    }
    return invalidate.mock.calls.length / 4;
  };
  expect(await flushes(10_000)).toBeLessThanOrEqual(6);
  expect(await flushes(60_000)).toBeLessThanOrEqual(13);
  // After a quiet moment the next one shows at once again.
  await vi.advanceTimersByTimeAsync(20_000);
  invalidate.mockClear();
  source().change({ room: "calls", id: "c2", rev: 1 });
  await vi.advanceTimersByTimeAsync(1);
  expect(invalidate).toHaveBeenCalled();
});

test("resync makes everything of the tenant old", () => {
  source().dispatchEvent(new Event("resync"));
  expect(invalidate).toHaveBeenCalledTimes(1);
});

test("repeated failures fall back to polling until the stream opens again", async () => {
  for (let failure = 0; failure < 3; failure += 1) source().dispatchEvent(new Event("error"));
  invalidate.mockClear();
  await vi.advanceTimersByTimeAsync(30_001);
  expect(invalidate).toHaveBeenCalledTimes(2);
  source().dispatchEvent(new Event("open"));
  invalidate.mockClear();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(invalidate).not.toHaveBeenCalled();
});

test("a refused stream is opened anew", async () => {
  source().close();
  source().dispatchEvent(new Event("error"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(FakeSource.made).toHaveLength(2);
});

test("nonsense is ignored", async () => {
  source().dispatchEvent(new MessageEvent("change", { data: "not json" }));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(invalidate).not.toHaveBeenCalled();
});
