// Roles, in the order of their rights.
import { useSession } from "./session";

/** The highest first. */
export const roles = ["owner", "manager", "staff", "viewer"] as const;
export type Role = (typeof roles)[number];

const rank = (role: string): number => roles.length - roles.indexOf(role as Role);

/** Whether a role is not above another; one that is not known is above all. */
export function isBelowOrEqual(role: string, other: string): boolean {
  return roles.includes(role as Role) && rank(role) <= rank(other);
}

/** The roles that whoever is `own` may give. */
export function rolesToGive(own: string): Role[] {
  return roles.filter((role) => isBelowOrEqual(role, own));
}

/** What the signed-in person is in the viewed tenant; an operator who is no member gives no role above manager. */
export function useOwnRole(): string {
  const { me, tenant, isOperator } = useSession();
  return me.memberships.find((membership) => membership.tenant.id === tenant?.id)?.role ?? (isOperator ? "manager" : "viewer");
}
