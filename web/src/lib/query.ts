// The query cache: when to try again, and what a lost session means.
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem, statusOf } from "./problem";

type Listener = () => void;
let onSignedOut: Listener = () => {};

/** Says what happens when the server answers 401: the router goes to the sign-in page. */
export function whenSignedOut(listener: Listener): void {
  onSignedOut = listener;
}

function notice(error: unknown, meta: Record<string, unknown> | undefined): void {
  if (statusOf(error) === 401 && meta?.anonymous !== true) onSignedOut();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error, query) => notice(error, query.meta) }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _result, mutation) => notice(error, mutation.meta),
  }),
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      retry: (count, error) => error instanceof Problem && error.isTransient && count < 2,
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
    mutations: { retry: false },
  },
});
