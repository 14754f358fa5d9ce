// People and one's own account; the pages of mailed links (a token is in the hash, never sent in a URL).
import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { rootRoute } from "./root";
import { signedInRoute } from "./signed-in";

export const forgotRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot",
  component: lazyRouteComponent(() => import("@/rooms/people/ForgotPage"), "ForgotPage"),
});

export const resetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("@/rooms/people/ResetPage"), "ResetPage"),
});

export const confirmEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/confirm-email",
  component: lazyRouteComponent(() => import("@/rooms/people/ConfirmEmailPage"), "ConfirmEmailPage"),
});

export const invitedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invited",
  component: lazyRouteComponent(() => import("@/rooms/people/InvitedPage"), "InvitedPage"),
});

/** The address that people of the older dashboard know. */
export const loginHtmlRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login.html",
  beforeLoad: () => {
    throw redirect({ to: "/sign-in", search: {} });
  },
});

export const peopleRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/people",
  component: lazyRouteComponent(() => import("@/rooms/people/PeoplePage"), "PeoplePage"),
});

export const accountRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("@/rooms/people/AccountPage"), "AccountPage"),
});

export const adminPeopleRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/admin/people",
  validateSearch: (search: Record<string, unknown>) => pick(search, "email"),
  component: lazyRouteComponent(() => import("@/rooms/people/FindPersonPage"), "FindPersonPage"),
});
