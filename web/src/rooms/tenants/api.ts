// Tenants as they are managed from outside: the only file that names their endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import {
  answer, type CreatedTenant, type HandedOver, http, type NewTenant, type TenantPage, type TenantQuery, type TenantRow, type TenantStats,
} from "@/lib/api";

export type TenantFilters = { search?: string; status?: string; plan?: string; agency?: string };

export const planTiers = ["starter", "professional", "premium", "enterprise"];
export const subscriptionStatuses = ["trial", "active", "suspended", "cancelled"];

/** Tenants within reach, page by page, with totals. */
export function tenantsQuery(filters: TenantFilters) {
  return infiniteQueryOptions({
    queryKey: ["tenants", "all", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<TenantPage> => {
      const query = { ...filters, cursor: pageParam } as TenantQuery;
      return answer<TenantPage>(http.GET("/api/admin/tenants", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One tenant. */
export function tenantQuery(id: string) {
  return queryOptions({
    queryKey: ["tenants", "one", id],
    queryFn: ({ signal }): Promise<TenantRow> =>
      answer<TenantRow>(http.GET("/api/admin/tenants/{id}", { params: { path: { id } }, signal })),
  });
}

/** The figures of one tenant. */
export function tenantStatsQuery(id: string) {
  return queryOptions({
    queryKey: ["tenants", "stats", id],
    queryFn: ({ signal }): Promise<TenantStats> =>
      answer<TenantStats>(http.GET("/api/admin/tenants/{id}/stats", { params: { path: { id } }, signal })),
  });
}

/** Makes a tenant and its owner; the answer holds the owner's one-time link. */
export function createTenant(tenant: NewTenant): Promise<CreatedTenant> {
  return answer<CreatedTenant>(http.POST("/api/admin/tenants", { body: tenant }));
}

/** Gives a tenant to an agency, or to itself. */
export function handOver(id: string, agency: string | null): Promise<HandedOver> {
  return answer<HandedOver>(http.POST("/api/admin/tenants/{id}/hand-over", { params: { path: { id } }, body: { agency_id: agency } }));
}
