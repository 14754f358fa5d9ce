import { expect, test } from "vitest";
import { parseSearch, pick, safeNext, stringifySearch } from "./search";

test("search params stay strings, digits too", () => {
  expect(parseSearch("?phone=5145550123&tenant=3r&outcome=")).toEqual({ phone: "5145550123", tenant: "3r" });
  expect(stringifySearch({ phone: "+1514", state: undefined, tenant: "a b" })).toBe("?phone=%2B1514&tenant=a+b");
  expect(stringifySearch({})).toBe("");
});

test("what is written is read again", () => {
  const search = { phone: "+15145550123", from: "2026-11-01" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test("only known keys are kept", () => {
  expect(pick({ state: "dead", evil: "1", tenant: "" }, "state", "tenant")).toEqual({ state: "dead" });
});

test.each([
  [undefined, "/"],
  ["/calls?tenant=a", "/calls?tenant=a"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/sign-in?next=%2F", "/"],
])("after sign-in, %s leads to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});
