// Requests held at the door: the only file that names their endpoint.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, type HeldPage, http } from "@/lib/api";

/** What was not let in, newest first, page by page. The stream does not tell of these, so they are polled. */
export function heldQuery(tenant: string) {
  return infiniteQueryOptions({
    queryKey: ["held", tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<HeldPage> =>
      answer<HeldPage>(http.GET("/api/v1/held-requests", { params: { query: { tenant, cursor: pageParam } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 0,
    refetchInterval: 30_000,
  });
}
