// The outbox: deliveries owed and made, the endpoints they go to, and the mail about them.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const deliveriesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/deliveries",
  validateSearch: (search: Record<string, unknown>) => pick(search, "state", "endpoint_id"),
  component: lazyRouteComponent(() => import("@/rooms/outbox/DeliveriesPage"), "DeliveriesPage"),
});

export const deliveryRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/deliveries/$id",
  component: lazyRouteComponent(() => import("@/rooms/outbox/DeliveryPage"), "DeliveryPage"),
});

export const endpointsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/endpoints",
  component: lazyRouteComponent(() => import("@/rooms/outbox/EndpointsPage"), "EndpointsPage"),
});

export const mailsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/mails",
  component: lazyRouteComponent(() => import("@/rooms/mail/MailsPage"), "MailsPage"),
});
