// The signed-in part: loads who is here, keeps ?tenant= in every link, draws the shell.
import { createRoute, redirect, retainSearchParams } from "@tanstack/react-router";
import { queryClient } from "@/lib/query";
import { statusOf } from "@/lib/problem";
import { lastTenant } from "@/lib/last-tenant";
import { pick } from "@/lib/search";
import { meQuery } from "@/rooms/people/api";
import { sessionOf, tenantToName } from "@/rooms/people/session";
import { BrokenPage, LoadingPage, MissingPage } from "@/ui/FullPage";
import { rootRoute } from "./root";
import { Shell } from "./shell/Shell";

export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  validateSearch: (search: Record<string, unknown>) => pick(search, "tenant"),
  search: { middlewares: [retainSearchParams(["tenant"])] },
  beforeLoad: async ({ search, location }) => {
    const me = await queryClient.ensureQueryData(meQuery(search.tenant)).catch((error: unknown) => {
      if (statusOf(error) === 401) {
        throw redirect({ to: "/sign-in", search: { next: location.href } });
      }
      throw error;
    });
    const session = sessionOf(me, search.tenant, lastTenant());
    // One's own account is nobody's tenant: whoever runs the platform opens it as well.
    const needsTenant = !location.pathname.startsWith("/admin") && location.pathname !== "/account";
    if (needsTenant && session.tenant === null && session.isOutside) {
      throw redirect({ to: "/admin/tenants", search: {} });
    }
    const unnamed = tenantToName(session);
    if (needsTenant && unnamed !== null) {
      throw redirect({ to: location.pathname, search: { ...location.search, tenant: unnamed } as never, replace: true });
    }
    return { session };
  },
  component: Shell,
  pendingComponent: LoadingPage,
  notFoundComponent: MissingPage,
  errorComponent: ({ error }) => <BrokenPage error={error} onRetry={() => window.location.assign("/")} />,
});

export const startRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: ({ context }) => {
    const { tenant, isOperator } = context.session;
    if (tenant) throw redirect({ to: "/calls" });
    throw redirect({ to: isOperator ? "/admin/tenants" : "/account" });
  },
});
