// Texts: the only file that names their endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, http, type NewText, type TextNumbers, type TextPage, type TextRow, type ThreadPage, type ThreadRow } from "@/lib/api";

/** Threads, the latest first, page by page. */
export function threadsQuery(tenant: string, phone: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ["texts", tenant, "threads", { phone }],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<ThreadPage> => {
      const query = { tenant, phone, cursor: pageParam } as never;
      return answer<ThreadPage>(http.GET("/api/v1/text-threads", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One thread: its numbers, and whether the other side opted out. */
export function threadQuery(tenant: string, id: string) {
  return queryOptions({
    queryKey: ["texts", tenant, "thread", id],
    queryFn: ({ signal }): Promise<ThreadRow> =>
      answer<ThreadRow>(http.GET("/api/v1/text-threads/{id}", { params: { path: { id }, query: { tenant } } as never, signal })),
  });
}

/** The texts of a thread, newest first, page by page. */
export function textsQuery(tenant: string, thread: string) {
  return infiniteQueryOptions({
    queryKey: ["texts", tenant, "of", thread],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<TextPage> => {
      const query = { tenant, thread_id: thread, cursor: pageParam } as never;
      return answer<TextPage>(http.GET("/api/v1/texts", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The numbers that texts can be sent from. */
export function numbersQuery(tenant: string) {
  return queryOptions({
    queryKey: ["connections", tenant, "text-numbers"],
    queryFn: ({ signal }): Promise<TextNumbers> =>
      answer<TextNumbers>(http.GET("/api/v1/text-numbers", { params: { query: { tenant } } as never, signal })),
  });
}

/** Sends a text. The same key again sends nothing: a lost answer can be asked for again. */
export function sendText(tenant: string, text: NewText): Promise<TextRow> {
  return answer<TextRow>(http.POST("/api/v1/texts", { params: { query: { tenant } } as never, body: text }) as never);
}
