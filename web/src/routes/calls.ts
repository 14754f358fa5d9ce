// Calls: the list with its filters, and one call.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const callsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/calls",
  validateSearch: (search: Record<string, unknown>) =>
    pick(search, "from", "to", "status", "outcome", "intent", "phone"),
  component: lazyRouteComponent(() => import("@/rooms/calls/CallsPage"), "CallsPage"),
});

export const callRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/calls/$id",
  component: lazyRouteComponent(() => import("@/rooms/calls/CallPage"), "CallPage"),
});
