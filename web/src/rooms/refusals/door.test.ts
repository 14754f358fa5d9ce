import { expect, test } from "vitest";
import { doorOf } from "./door";

test("a door is a kind and a provider", () => {
  expect(doorOf("hook/retell")).toEqual({ kind: "hook", provider: "retell" });
});

test("a name of another shape is shown as it is", () => {
  expect(doorOf("media")).toEqual({ kind: "media", provider: null });
  expect(doorOf("a/b/c")).toEqual({ kind: "a/b/c", provider: null });
});
