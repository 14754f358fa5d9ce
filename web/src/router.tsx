// The route tree. Pages are separate chunks; the search of each route is validated here.
import { createRouter } from "@tanstack/react-router";
import { queryClient, whenSignedOut } from "./lib/query";
import { parseSearch, stringifySearch } from "./lib/search";
import {
  adminAgenciesRoute, adminAgencyRoute, adminOrganizationRoute, adminOrganizationsRoute, adminRefusalsRoute, adminTenantRoute, adminTenantsRoute,
} from "./routes/admin";
import { adminAuditRoute, auditRoute } from "./routes/audit";
import { accountRoute, adminPeopleRoute, confirmEmailRoute, forgotRoute, invitedRoute, loginHtmlRoute, peopleRoute, resetRoute } from "./routes/account";
import { callRoute, callsRoute } from "./routes/calls";
import { connectRoute, heldRoute, inboxRoute, labRoute } from "./routes/connect";
import { contactsRoute } from "./routes/contacts";
import { keysRoute } from "./routes/keys";
import { deliveriesRoute, deliveryRoute, endpointsRoute, mailsRoute } from "./routes/outbox";
import { signInRoute, unlockRoute, welcomeRoute } from "./routes/people";
import { rootRoute } from "./routes/root";
import { signedInRoute, startRoute } from "./routes/signed-in";
import { privacyRoute } from "./routes/privacy";
import { overviewRoute } from "./routes/usage";
import { textsRoute, threadRoute } from "./routes/texts";

const routeTree = rootRoute.addChildren([
  signInRoute,
  welcomeRoute,
  forgotRoute,
  resetRoute,
  confirmEmailRoute,
  invitedRoute,
  loginHtmlRoute,
  unlockRoute,
  signedInRoute.addChildren([
    startRoute,
    overviewRoute,
    callsRoute,
    callRoute,
    contactsRoute,
    textsRoute,
    threadRoute,
    deliveriesRoute,
    deliveryRoute,
    endpointsRoute,
    mailsRoute,
    auditRoute,
    connectRoute,
    heldRoute,
    inboxRoute,
    labRoute,
    keysRoute,
    peopleRoute,
    accountRoute,
    adminPeopleRoute,
    privacyRoute,
    adminTenantsRoute,
    adminTenantRoute,
    adminOrganizationsRoute,
    adminOrganizationRoute,
    adminAgenciesRoute,
    adminAgencyRoute,
    adminRefusalsRoute,
    adminAuditRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

/** The pages in front of the door, where nobody is signed in. */
const inFront = ["/sign-in", "/welcome", "/unlock", "/forgot", "/reset", "/confirm-email", "/invited"];

// A lost session: sign in again and come back here.
whenSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (inFront.includes(pathname)) return;
  queryClient.clear();
  void router.navigate({ to: "/sign-in", search: { next: href }, replace: true });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
