import { expect, test, vi } from "vitest";
import { Problem } from "./problem";
import { queryClient, waitMs, whenTooMany } from "./query";

test("one waits as long as the server says, and not for ever", () => {
  expect(waitMs(0, new Error("offline"))).toBe(400);
  expect(waitMs(1, new Problem(503, null))).toBe(800);
  expect(waitMs(0, new Problem(429, null, "7"))).toBe(7_000);
  expect(waitMs(0, new Problem(429, null, "3600"))).toBe(60_000);
});

test("too many requests are told once they are given up", async () => {
  const told = vi.fn();
  whenTooMany(told);
  const fails = (status: number) => queryClient.fetchQuery({ queryKey: [status], retry: false, queryFn: () => Promise.reject(new Problem(status, null, "5")) });
  await expect(fails(429)).rejects.toThrow();
  await expect(fails(500)).rejects.toThrow();
  expect(told.mock.calls).toEqual([[5]]);
});
