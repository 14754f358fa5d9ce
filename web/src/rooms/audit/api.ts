// The audit log: the only file that names its endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, type AuditPage, type AuditQuery, http, type LookPage } from "@/lib/api";

/** What the log can be narrowed to; all of it is in the URL. */
export type AuditFilters = { actor?: string; action?: string; object?: string; from?: string; to?: string };

/** A tenant's log, newest first, page by page; the platform's own without a tenant. */
export function auditQuery(tenant: string | null, filters: AuditFilters) {
  return infiniteQueryOptions({
    queryKey: ["audit", tenant, filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<AuditPage> => {
      const query = { ...filters, cursor: pageParam } as AuditQuery;
      return tenant === null
        ? answer<AuditPage>(http.GET("/api/admin/audit", { params: { query }, signal }))
        : answer<AuditPage>(http.GET("/api/v1/audit", { params: { query: { ...query, tenant } }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** Who looked at a call. */
export function looksQuery(tenant: string, call: string) {
  return queryOptions({
    queryKey: ["looks", tenant, call],
    queryFn: ({ signal }): Promise<LookPage> =>
      answer<LookPage>(http.GET("/api/v1/calls/{id}/looks", { params: { path: { id: call }, query: { tenant } } as never, signal })),
  });
}

/** Where a browser takes the whole log out, as JSON lines. */
export function exportUrl(tenant: string | null): string {
  return tenant === null ? "/api/admin/audit.jsonl" : `/api/v1/audit.jsonl?tenant=${encodeURIComponent(tenant)}`;
}
