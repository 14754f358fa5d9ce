// The query cache: when to try again, and what a lost session means.
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Problem, statusOf } from "./problem";

type Listener = () => void;
let onSignedOut: Listener = () => {};
let onTooMany: (seconds: number) => void = () => {};

/** Says what happens when the server answers 401: the router goes to the sign-in page. */
export function whenSignedOut(listener: Listener): void {
  onSignedOut = listener;
}

/** Says what happens when the server answers 429: a notice says when it goes on. */
export function whenTooMany(listener: (seconds: number) => void): void {
  onTooMany = listener;
}

/** How long to wait before trying again: as long as the server says, else longer each time. */
export function waitMs(attempt: number, error: unknown): number {
  const said = error instanceof Problem ? error.retryAfterSeconds : null;
  return Math.max(400 * 2 ** attempt, Math.min(said ?? 0, 60) * 1_000);
}

function notice(error: unknown, meta: Record<string, unknown> | undefined): void {
  if (statusOf(error) === 401 && meta?.anonymous !== true) onSignedOut();
  if (statusOf(error) === 429 && error instanceof Problem && meta?.anonymous !== true) onTooMany(error.retryAfterSeconds ?? 1);
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
      retryDelay: waitMs,
    },
    mutations: { retry: false },
  },
});
