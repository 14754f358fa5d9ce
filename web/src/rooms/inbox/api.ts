// Received events: the only file that names their endpoint.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, http, type InboxPage, type InboxQuery } from "@/lib/api";

/** The states of a received event, those that want attention first. */
export const inboxStates = ["failed", "unprocessable", "pending", "folded", "ignored"];

/** Received events, newest first, page by page. */
export function inboxQuery(tenant: string, state: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ["inbox", tenant, { state }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<InboxPage> => {
      const query: InboxQuery = { tenant, state, cursor: pageParam };
      return answer<InboxPage>(http.GET("/api/v1/inbox", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
