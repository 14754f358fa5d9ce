// The operator's pages: all tenants, and one tenant at a glance.
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
