// Privacy: how long things are kept, and what was erased.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { signedInRoute } from "./signed-in";

export const privacyRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/privacy",
  component: lazyRouteComponent(() => import("@/rooms/privacy/PrivacyPage"), "PrivacyPage"),
});
