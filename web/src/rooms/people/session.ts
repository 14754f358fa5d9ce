// The session of the page: the signed-in person and the tenant being viewed.
import { createContext, useContext } from "react";
import type { Me, TenantRef } from "@/lib/api";

/** What a person may do in a tenant, by the server's names. */
export type Permission =
  | "calls.read" | "contacts.read" | "texts.read" | "texts.send" | "events.read" | "deliveries.read" | "deliveries.retry" | "inbox.read" | "inbox.manage"
  | "endpoints.read" | "endpoints.manage" | "connections.read" | "connections.manage" | "people.read" | "people.manage" | "keys.read" | "keys.manage" | "audit.read" | "privacy.read" | "privacy.manage" | "data.export"
  | "usage.read" | "usage.manage" | "mails.read";

export type SessionOfPage = {
  me: Me;
  /** The tenant being viewed; null for somebody of the platform who has not chosen one. */
  tenant: TenantRef | null;
  isOperator: boolean;
  /** Whether the person manages tenants from outside: an operator, or an agency's administrator. */
  isOutside: boolean;
  /** Whether the person may do this in the viewed tenant; the server decides again on each request. */
  may: (permission: Permission) => boolean;
};

const Session = createContext<SessionOfPage | null>(null);
export const SessionProvider = Session.Provider;

/** Finds the viewed tenant: what the server resolved, else the named one, the one looked at last, or the first. */
export function sessionOf(me: Me, named: string | undefined, last?: string): SessionOfPage {
  const isOperator = me.platform_role === "operator";
  const isOutside = isOperator || (me.platform_role === "agency_admin" && me.agency !== null);
  const member = me.memberships.find(({ tenant }) => tenant.slug === named || tenant.id === named);
  const lately = me.memberships.find(({ tenant }) => tenant.slug === last);
  const first = named === undefined ? (lately ?? me.memberships[0]) : undefined;
  const tenant = me.tenant ?? member?.tenant ?? first?.tenant ?? null;
  return { me, tenant, isOperator, isOutside, may: (permission) => me.permissions.includes(permission) };
}

/** The tenant to name in the URL when the server could not choose among several memberships. */
export function tenantToName({ me, tenant }: SessionOfPage): string | null {
  return me.tenant ? null : (tenant?.slug ?? null);
}

/** The session; only inside the signed-in part of the page. */
export function useSession(): SessionOfPage {
  const session = useContext(Session);
  if (!session) throw new Error("useSession outside the signed-in pages");
  return session;
}

/** The slug of the viewed tenant, for requests and query keys. */
export function useTenant(): string {
  return useSession().tenant?.slug ?? "";
}
