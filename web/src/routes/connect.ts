// Where calls come from: the connections to providers, what is held at their doors, the events received from them, and the lab.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const connectRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/connect",
  component: lazyRouteComponent(() => import("@/rooms/connections/ConnectPage"), "ConnectPage"),
});

export const heldRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/held",
  component: lazyRouteComponent(() => import("@/rooms/held/HeldPage"), "HeldPage"),
});

export const labRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/lab",
  validateSearch: (search: Record<string, unknown>) => pick(search, "provider", "sample"),
  component: lazyRouteComponent(() => import("@/rooms/lab/LabPage"), "LabPage"),
});

export const inboxRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/inbox",
  validateSearch: (search: Record<string, unknown>) => pick(search, "state"),
  component: lazyRouteComponent(() => import("@/rooms/inbox/InboxPage"), "InboxPage"),
});
