// Usage: what happened within a month. The only file that names its endpoints of the API.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, http, type Usage, type Worth, type WorthChange } from "@/lib/api";

/** The usage of a month, `YYYY-MM`; the current one when none is named. */
export function usageQuery(tenant: string, period: string | undefined) {
  return queryOptions({
    queryKey: ["usage", tenant, period ?? "current_month"],
    queryFn: ({ signal }): Promise<Usage> => answer<Usage>(http.GET("/api/v1/usage", { params: { query: { tenant, period } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Says what an hour of the tenant's time is worth. */
export function saveWorth(tenant: string, change: WorthChange): Promise<Worth> {
  return answer<Worth>(http.PUT("/api/v1/usage/settings", { params: { query: { tenant } } as never, body: change }) as never);
}
