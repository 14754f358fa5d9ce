// The route tree. Pages are separate chunks; the search of each route is validated here.
import { createRouter } from "@tanstack/react-router";
import { queryClient, whenSignedOut } from "./lib/query";
import { parseSearch, stringifySearch } from "./lib/search";
import {
  adminAgenciesRoute, adminAgencyRoute, adminOrganizationRoute, adminOrganizationsRoute, adminRefusalsRoute, adminTenantRoute, adminTenantsRoute,
} from "./routes/admin";
import { adminAuditRoute, auditRoute } from "./routes/audit";
import { callRoute, callsRoute } from "./routes/calls";
import { connectRoute, heldRoute, inboxRoute, labRoute } from "./routes/connect";
import { contactsRoute } from "./routes/contacts";
import { keysRoute } from "./routes/keys";
import { deliveriesRoute, deliveryRoute, endpointsRoute, mailsRoute } from "./routes/outbox";
import { signInRoute, welcomeRoute } from "./routes/people";
import { rootRoute } from "./routes/root";
import { signedInRoute, startRoute } from "./routes/signed-in";
import { privacyRoute } from "./routes/privacy";
import { overviewRoute } from "./routes/usage";
import { textsRoute, threadRoute } from "./routes/texts";

const routeTree = rootRoute.addChildren([
  signInRoute,
  welcomeRoute,
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

// A lost session: sign in again and come back here.
whenSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname === "/sign-in" || pathname === "/welcome") return;
  queryClient.clear();
  void router.navigate({ to: "/sign-in", search: { next: href }, replace: true });
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
