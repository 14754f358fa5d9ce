// Refused requests, for the operator: the only file that names their endpoint.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, http, type RefusalPage } from "@/lib/api";

/** Counts of refused requests by minute, newest first, page by page. The stream tells of tenants only, so these are polled. */
export function refusalsQuery() {
  return infiniteQueryOptions({
    queryKey: ["refusals", "all"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<RefusalPage> =>
      answer<RefusalPage>(http.GET("/api/admin/refusals", { params: { query: { cursor: pageParam } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 15_000,
  });
}
