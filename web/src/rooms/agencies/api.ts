// Agencies, for the operator: the only file that names their endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import {
  type AgencyDetail, type AgencyPage, type AgencyRow, answer, type AppointedAdmin, http, type NewAdmin, type NewAgency,
} from "@/lib/api";

/** Agencies by name, page by page. */
export function agenciesQuery() {
  return infiniteQueryOptions({
    queryKey: ["agencies", "all"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<AgencyPage> =>
      answer<AgencyPage>(http.GET("/api/admin/agencies", { params: { query: { cursor: pageParam } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The agencies to choose from: the first two hundred. */
export function agencyChoicesQuery() {
  return queryOptions({
    queryKey: ["agencies", "choices"],
    queryFn: ({ signal }): Promise<AgencyPage> =>
      answer<AgencyPage>(http.GET("/api/admin/agencies", { params: { query: { limit: 200 } }, signal })),
  });
}

/** One agency and its administrators. */
export function agencyQuery(id: string) {
  return queryOptions({
    queryKey: ["agencies", "one", id],
    queryFn: ({ signal }): Promise<AgencyDetail> =>
      answer<AgencyDetail>(http.GET("/api/admin/agencies/{id}", { params: { path: { id } }, signal })),
  });
}

/** Makes an agency. */
export function createAgency(agency: NewAgency): Promise<AgencyRow> {
  return answer<AgencyRow>(http.POST("/api/admin/agencies", { body: agency }));
}

/** Renames an agency. */
export function renameAgency(id: string, name: string): Promise<AgencyRow> {
  return answer<AgencyRow>(http.PATCH("/api/admin/agencies/{id}", { params: { path: { id } }, body: { name } }));
}

/** Closes an agency that holds nothing. */
export function closeAgency(id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/admin/agencies/{id}", { params: { path: { id } } }));
}

/** Makes somebody its administrator; the answer holds their one-time link. */
export function appointAdmin(id: string, admin: NewAdmin): Promise<AppointedAdmin> {
  return answer<AppointedAdmin>(http.POST("/api/admin/agencies/{id}/admins", { params: { path: { id } }, body: admin }));
}

/** Lets an administrator go. */
export function dismissAdmin(id: string, userId: string): Promise<unknown> {
  return answer<unknown>(
    http.DELETE("/api/admin/agencies/{id}/admins/{user_id}", { params: { path: { id, user_id: userId } } }),
  );
}
