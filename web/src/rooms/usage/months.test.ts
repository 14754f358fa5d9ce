import { expect, test } from "vitest";
import { isMonth, monthAfter } from "./months";

test.each([
  ["2026-11", 1, "2026-12"],
  ["2026-12", 1, "2027-01"],
  ["2026-01", -1, "2025-12"],
  ["2026-03", -15, "2024-12"],
  ["2026-03", 0, "2026-03"],
])("%s and %d months", (month, by, expected) => {
  expect(monthAfter(month, by)).toBe(expected);
});

test("only months are months", () => {
  expect(["2026-11", "2026-00", "2026-13", "2026-1", "0026-01", "november", undefined].map((text) => isMonth(text)))
    .toEqual([true, false, false, false, false, false, false]);
});
