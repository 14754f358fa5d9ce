// Contacts: the only file that names their endpoints.
import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, type ContactPage, type ContactQuery, http } from "@/lib/api";

/** The people who called, page by page. */
export function contactsQuery(tenant: string, phone: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ["contacts", tenant, { phone }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<ContactPage> => {
      const query = { tenant, phone, cursor: pageParam } as ContactQuery;
      return answer<ContactPage>(http.GET("/api/v1/contacts", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
