// Usage: what happened within a month.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const overviewRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/overview",
  validateSearch: (search: Record<string, unknown>) => pick(search, "period"),
  component: lazyRouteComponent(() => import("@/rooms/usage/OverviewPage"), "OverviewPage"),
});
