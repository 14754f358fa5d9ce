import { expect, test } from "vitest";
import { choiceOf, scopeGroups, scopesOf } from "./scopes";

const held = ["calls.read", "texts.read", "texts.send", "usage.read", "usage.manage", "keys.read", "keys.manage", "agents.manage"];

test("one gives what one holds, in groups, and what is new is not left out", () => {
  expect(scopeGroups(held)).toEqual([
    { name: "calls", scopes: ["calls.read"] },
    { name: "texts", scopes: ["texts.read", "texts.send"] },
    { name: "figures", scopes: ["usage.read", "usage.manage"] },
    { name: "other", scopes: ["agents.manage"] },
    { name: "delicate", scopes: ["keys.read", "keys.manage"] },
  ]);
  expect(scopeGroups([])).toEqual([]);
});

test("the usual has nothing delicate, and looking changes nothing", () => {
  expect(scopesOf("usual", held)).toEqual(["calls.read", "texts.read", "texts.send", "usage.read", "usage.manage", "agents.manage"]);
  expect(scopesOf("read", held)).toEqual(["calls.read", "texts.read", "usage.read"]);
});

test("a key says which choice it was", () => {
  expect(choiceOf(scopesOf("usual", held).reverse(), held)).toBe("usual");
  expect(choiceOf(scopesOf("read", held), held)).toBe("read");
  expect(choiceOf(["calls.read"], held)).toBe("chosen");
  expect(choiceOf([...scopesOf("usual", held), "keys.read"], held)).toBe("chosen");
});
