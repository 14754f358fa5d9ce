// Contacts: the people who called.
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { pick } from "@/lib/search";
import { signedInRoute } from "./signed-in";

export const contactsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/contacts",
  validateSearch: (search: Record<string, unknown>) => pick(search, "phone"),
  component: lazyRouteComponent(() => import("@/rooms/contacts/ContactsPage"), "ContactsPage"),
});
