// Calls: the only file that names their endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, type CallDetail, type CallPage, type CallQuery, http } from "@/lib/api";

/** What the list can be narrowed to; all of it is in the URL. */
export type CallFilters = {
  from?: string;
  to?: string;
  status?: string;
  outcome?: string;
  intent?: string;
  phone?: string;
};

/** Calls, newest first, page by page. */
export function callsQuery(tenant: string, filters: CallFilters) {
  return infiniteQueryOptions({
    queryKey: ["calls", tenant, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<CallPage> => {
      const query = { tenant, ...filters, cursor: pageParam } as CallQuery;
      return answer<CallPage>(http.GET("/api/v1/calls", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One call with everything that is known about it. */
export function callQuery(tenant: string, id: string) {
  return queryOptions({
    queryKey: ["call", tenant, id],
    queryFn: ({ signal }): Promise<CallDetail> =>
      answer<CallDetail>(
        http.GET("/api/v1/calls/{id}", { params: { path: { id }, query: { tenant } } as never, signal }),
      ),
  });
}

/** Where a browser hears a recording: its path here, and whose call it is. */
export function recordingSource(tenant: string, path: string): string {
  return `${path}?tenant=${encodeURIComponent(tenant)}`;
}
