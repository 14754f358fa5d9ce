// Signing in, and the pages of one-time links (their tokens are in the hash, never sent in a URL).
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { rootRoute } from "./root";

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>) => pick(search, "next"),
  component: lazyRouteComponent(() => import("@/rooms/people/SignInPage"), "SignInPage"),
});

export const welcomeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/welcome",
  component: lazyRouteComponent(() => import("@/rooms/people/WelcomePage"), "WelcomePage"),
});

export const unlockRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/unlock",
  component: lazyRouteComponent(() => import("@/rooms/people/UnlockPage"), "UnlockPage"),
});
