// Received events: the only file that names their endpoint.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, type Came, http, type InboxPage, type InboxQuery, type InboxRow, type Retention } from "@/lib/api";

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

/** The newest received events: one page, for a short list. */
export function newestQuery(tenant: string, limit: number) {
  return queryOptions({
    queryKey: ["inbox", tenant, { newest: limit }],
    queryFn: ({ signal }): Promise<InboxPage> => answer<InboxPage>(http.GET("/api/v1/inbox", { params: { query: { tenant, limit } as InboxQuery }, signal })),
  });
}

/** Has an event processed once more. */
export function processAgain(tenant: string, id: string): Promise<InboxRow> {
  return answer<InboxRow>(http.POST("/api/v1/inbox/{id}/again", { params: { path: { id }, query: { tenant } } as never }));
}

/** Sends an event to an address, signed anew. */
export function sendOn(tenant: string, id: string, url: string): Promise<Came> {
  return answer<Came>(http.POST("/api/v1/inbox/{id}/send", { params: { path: { id }, query: { tenant } } as never, body: { url } }));
}

/** How long what was received is kept as it came. */
export function retentionQuery(tenant: string) {
  return queryOptions({
    queryKey: ["retention", tenant],
    queryFn: ({ signal }): Promise<Retention> => answer<Retention>(http.GET("/api/v1/inbox/retention", { params: { query: { tenant } }, signal })),
  });
}

/** Says how long; null leaves it to the server. */
export function keepFor(tenant: string, days: number | null): Promise<Retention> {
  return answer<Retention>(http.PUT("/api/v1/inbox/retention", { params: { query: { tenant } }, body: { days } }));
}
