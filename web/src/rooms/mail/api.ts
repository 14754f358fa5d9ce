// Mail: the only file that names its endpoint.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, http, type MailPage } from "@/lib/api";

/** Mails owed and sent, newest first, page by page. */
export function mailsQuery(tenant: string) {
  return infiniteQueryOptions({
    queryKey: ["mails", tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<MailPage> =>
      answer<MailPage>(http.GET("/api/v1/mails", { params: { query: { tenant, cursor: pageParam } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
