// The root: what is shown when a page does not exist or breaks.
import { createRootRoute, Outlet } from "@tanstack/react-router";
import { BrokenPage, MissingPage } from "@/ui/FullPage";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: MissingPage,
  errorComponent: ({ error, reset }) => <BrokenPage error={error} onRetry={reset} />,
});
