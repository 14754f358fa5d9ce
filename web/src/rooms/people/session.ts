// The session of the page: the signed-in person and the tenant being viewed.
import { createContext, useContext } from "react";
import type { Me, TenantRef } from "@/lib/api";

export type SessionOfPage = {
  me: Me;
  /** The tenant being viewed; null for an operator who has not chosen one. */
  tenant: TenantRef | null;
  isOperator: boolean;
  /** Set-up (endpoints, secrets, retries) is for managers, owners and operators. */
  maySetUp: boolean;
};

const Session = createContext<SessionOfPage | null>(null);
export const SessionProvider = Session.Provider;

/** Finds the viewed tenant: what the server resolved, else the named or the first membership. */
export function sessionOf(me: Me, named: string | undefined): SessionOfPage {
  const isOperator = me.platform_role === "operator";
  const member = me.memberships.find(({ tenant }) => tenant.slug === named || tenant.id === named);
  const first = named === undefined ? me.memberships[0] : undefined;
  const tenant = me.tenant ?? member?.tenant ?? first?.tenant ?? null;
  const role = me.memberships.find((membership) => membership.tenant.id === tenant?.id)?.role;
  return { me, tenant, isOperator, maySetUp: isOperator || role === "owner" || role === "manager" };
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
