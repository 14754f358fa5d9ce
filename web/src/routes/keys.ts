// API keys.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

export const keysRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/keys",
  component: lazyRouteComponent(() => import("@/rooms/keys/KeysPage"), "KeysPage"),
});
