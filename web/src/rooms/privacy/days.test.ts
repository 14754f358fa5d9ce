import { expect, test } from "vitest";
import { daysOf, forever, longSpans, spansWith, spanUnit } from "./days";

test("a span that is set is offered even when it is an odd one", () => {
  expect(spansWith(longSpans, null)).toBe(longSpans);
  expect(spansWith(longSpans, 90)).toBe(longSpans);
  expect(spansWith([30, 365], 45)).toEqual([30, 45, 365]);
});

test("whole years are years, and nothing is for ever", () => {
  expect(spanUnit(730)).toEqual({ unit: "year", count: 2 });
  expect(spanUnit(180)).toEqual({ unit: "day", count: 180 });
  expect([daysOf(forever), daysOf("30")]).toEqual([null, 30]);
});
