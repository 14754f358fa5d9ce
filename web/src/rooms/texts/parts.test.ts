import { expect, test } from "vitest";
import { characters, parts } from "./parts";

test.each([
  ["", 1],
  ["a".repeat(160), 1],
  ["a".repeat(161), 2],
  ["a".repeat(306), 2],
  ["a".repeat(307), 3],
  ["é".repeat(160), 1],
  ["€".repeat(80), 1],
  ["€".repeat(81), 2],
  ["ê".repeat(70), 1],
  ["ê".repeat(71), 2],
  ["ê".repeat(134), 2],
  ["ê".repeat(135), 3],
  ["👍".repeat(35), 1],
  ["👍".repeat(36), 2],
  [`${"a".repeat(70)}’`, 2],
])("%s travels in %d parts", (text, count) => {
  expect(parts(text)).toBe(count);
});

test("a picture is one character to people", () => {
  expect(characters("👍é")).toBe(2);
});
