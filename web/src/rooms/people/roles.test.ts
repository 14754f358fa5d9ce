import { expect, test } from "vitest";
import { isBelowOrEqual, rolesToGive } from "./roles";

test("nobody gives a role above their own", () => {
  expect(rolesToGive("owner")).toEqual(["owner", "manager", "staff", "viewer"]);
  expect(rolesToGive("manager")).toEqual(["manager", "staff", "viewer"]);
  expect(rolesToGive("viewer")).toEqual(["viewer"]);
});

test("a role that is not known is above all", () => {
  expect(isBelowOrEqual("king", "owner")).toBe(false);
  expect(isBelowOrEqual("owner", "manager")).toBe(false);
  expect(isBelowOrEqual("staff", "staff")).toBe(true);
});
