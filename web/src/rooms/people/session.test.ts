import { expect, test } from "vitest";
import type { Me } from "@/lib/api";
import { sessionOf } from "./session";

const tenant = (slug: string) => ({ id: `id-${slug}`, slug, company_name: slug, status: "active", timezone: "America/Toronto", locale: "fr" });
const me = (over: Partial<Me>): Me => ({
  user: { id: "u", email: "a@example.com", name: "A", locale: "fr" }, memberships: [], permissions: [], ...over,
}) as Me;

test("an owner sees their business without naming it", () => {
  const session = sessionOf(me({ memberships: [{ tenant: tenant("a"), role: "owner" }] }), undefined);
  expect(session).toMatchObject({ tenant: { slug: "a" }, isOperator: false, maySetUp: true });
});

test("staff may not set up", () => {
  const session = sessionOf(me({ memberships: [{ tenant: tenant("a"), role: "staff" }] }), "a");
  expect(session.maySetUp).toBe(false);
});

test("the named membership is viewed, by slug or id", () => {
  const both = me({ memberships: [{ tenant: tenant("a"), role: "viewer" }, { tenant: tenant("b"), role: "manager" }] });
  expect(sessionOf(both, "b")).toMatchObject({ tenant: { slug: "b" }, maySetUp: true });
  expect(sessionOf(both, "id-b").tenant?.slug).toBe("b");
});

test("an operator has no tenant until one is named", () => {
  expect(sessionOf(me({ platform_role: "operator" }), undefined).tenant).toBeNull();
  expect(sessionOf(me({ platform_role: "operator", tenant: tenant("c") }), "c")).toMatchObject({ tenant: { slug: "c" }, maySetUp: true });
});
