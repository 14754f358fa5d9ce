import { expect, test } from "vitest";
import { humanise } from "./labels";

test.each([
  ["NO_ANSWER", "No answer"],
  ["call.call-ended", "Call ended"],
  ["find_slots", "Find slots"],
])("%s → %s", (value, words) => {
  expect(humanise(value)).toBe(words);
});
