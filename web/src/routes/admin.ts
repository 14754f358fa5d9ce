// The operator's pages: all tenants, one tenant at a glance, and refused requests.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const adminTenantsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/tenants",
  validateSearch: (search: Record<string, unknown>) => pick(search, "search", "status", "plan"),
  component: lazyRouteComponent(() => import("@/rooms/tenants/TenantsPage"), "TenantsPage"),
});

export const adminTenantRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/tenants/$id",
  component: lazyRouteComponent(() => import("@/rooms/tenants/TenantPage"), "TenantPage"),
});

export const adminRefusalsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/refusals",
  component: lazyRouteComponent(() => import("@/rooms/refusals/RefusalsPage"), "RefusalsPage"),
});
