import { expect, test } from "vitest";
import { headed, splitTabs } from "./places";

test("what fits is all tabs", () => {
  expect(splitTabs([1, 2, 3, 4, 5])).toEqual({ tabs: [1, 2, 3, 4, 5], more: [] });
});

test("what does not fit goes behind the last tab", () => {
  expect(splitTabs([1, 2, 3, 4, 5, 6])).toEqual({ tabs: [1, 2, 3, 4], more: [5, 6] });
});

test("the first place that one may go to has the heading", () => {
  expect(headed("Business", [{ to: "a" }, { to: "b" }])).toEqual([{ to: "a", group: "Business" }, { to: "b" }]);
  expect(headed("Business", [])).toEqual([]);
});
