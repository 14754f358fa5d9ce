// The audit log of a tenant, and the platform's own.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

const filters = (search: Record<string, unknown>) => pick(search, "from", "to", "actor", "action", "object");

export const auditRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/audit",
  validateSearch: filters,
  component: lazyRouteComponent(() => import("@/rooms/audit/AuditPage"), "AuditPage"),
});

export const adminAuditRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/audit",
  validateSearch: filters,
  component: lazyRouteComponent(() => import("@/rooms/audit/AuditPage"), "PlatformAuditPage"),
});
