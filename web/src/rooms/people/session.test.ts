import { expect, test } from "vitest";
import type { Me } from "@/lib/api";
import { sessionOf, tenantToName } from "./session";

const tenant = (slug: string) => ({ id: `id-${slug}`, slug, company_name: slug, status: "active", timezone: "America/Toronto", locale: "fr" });
const me = (over: Partial<Me>): Me => ({
  user: { id: "u", email: "a@example.com", name: "A", locale: "fr" }, memberships: [], permissions: [], ...over,
}) as Me;

test("an owner sees their business without naming it", () => {
  const session = sessionOf(me({ tenant: tenant("a"), memberships: [{ tenant: tenant("a"), role: "owner" }] }), undefined);
  expect(session).toMatchObject({ tenant: { slug: "a" }, isOperator: false });
  expect(tenantToName(session)).toBeNull();
});

test("what one may do is what the server names, whatever the role", () => {
  const { may } = sessionOf(me({ memberships: [{ tenant: tenant("a"), role: "owner" }], permissions: ["calls.read", "endpoints.read"] }), "a");
  expect(may("endpoints.read")).toBe(true);
  expect(may("endpoints.manage")).toBe(false);
  expect(may("inbox.read")).toBe(false);
});

test("the named membership is viewed, by slug or id", () => {
  const both = me({ memberships: [{ tenant: tenant("a"), role: "viewer" }, { tenant: tenant("b"), role: "manager" }] });
  expect(sessionOf(both, "b").tenant?.slug).toBe("b");
  expect(sessionOf(both, "id-b").tenant?.slug).toBe("b");
});

test("a member of several businesses has the first one named", () => {
  const both = me({ memberships: [{ tenant: tenant("a"), role: "owner" }, { tenant: tenant("b"), role: "owner" }] });
  expect(tenantToName(sessionOf(both, undefined))).toBe("a");
});

test("of several businesses the one looked at last opens, if one is still a member", () => {
  const both = me({ memberships: [{ tenant: tenant("a"), role: "owner" }, { tenant: tenant("b"), role: "staff" }] });
  expect(tenantToName(sessionOf(both, undefined, "b"))).toBe("b");
  expect(tenantToName(sessionOf(both, undefined, "gone"))).toBe("a");
  expect(sessionOf(both, "a", "b").tenant?.slug).toBe("a");
});

test("an operator has no tenant until one is named", () => {
  const none = sessionOf(me({ platform_role: "operator" }), undefined);
  expect(none.tenant).toBeNull();
  expect(tenantToName(none)).toBeNull();
  expect(sessionOf(me({ platform_role: "operator", tenant: tenant("c") }), "c")).toMatchObject({ tenant: { slug: "c" }, isOperator: true });
});

test("an agency's administrator is outside, and no operator; without an open agency they are nothing", () => {
  const agency = { id: "id-agency", name: "Boréal" };
  expect(sessionOf(me({ platform_role: "agency_admin", agency }), undefined)).toMatchObject({ isOperator: false, isOutside: true, tenant: null });
  expect(sessionOf(me({ platform_role: "agency_admin", agency: null }), undefined)).toMatchObject({ isOperator: false, isOutside: false });
  expect(sessionOf(me({ platform_role: "operator" }), undefined)).toMatchObject({ isOperator: true, isOutside: true });
});
