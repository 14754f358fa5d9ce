// Texts: threads, and what was written in each.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const textsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/texts",
  validateSearch: (search: Record<string, unknown>) => pick(search, "phone", "compose"),
  component: lazyRouteComponent(() => import("@/rooms/texts/TextsPage"), "TextsPage"),
});

export const threadRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/texts/$id",
  component: lazyRouteComponent(() => import("@/rooms/texts/ThreadPage"), "ThreadPage"),
});
