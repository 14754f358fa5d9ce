// Pages of the platform: tenants, one tenant at a glance, agencies, and refused requests.
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const adminTenantsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/tenants",
  validateSearch: (search: Record<string, unknown>) => pick(search, "search", "status", "plan", "agency"),
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

export const adminAgenciesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/agencies",
  component: lazyRouteComponent(() => import("@/rooms/agencies/AgenciesPage"), "AgenciesPage"),
});

export const adminAgencyRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/agencies/$id",
  component: lazyRouteComponent(() => import("@/rooms/agencies/AgencyPage"), "AgencyPage"),
});

// Addresses that the requirements name (0.35, 0.36).
export const adminOrganizationsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/organizations",
  beforeLoad: () => {
    throw redirect({ to: "/admin/tenants", search: {}, replace: true });
  },
});

export const adminOrganizationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/organizations/$id",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/admin/tenants/$id", params: { id: params.id }, search: {}, replace: true });
  },
});
