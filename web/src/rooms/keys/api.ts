// API keys: the only file that names their endpoints.
import { queryOptions } from "@tanstack/react-query";
import { answer, http, type KeyPage, type KeyRow, type MadeKey, type NewKey } from "@/lib/api";

/** All keys of a tenant, newest first; those that are over too. */
export function keysQuery(tenant: string) {
  return queryOptions({
    queryKey: ["keys", tenant],
    queryFn: ({ signal }): Promise<KeyPage> => answer<KeyPage>(http.GET("/api/v1/api-keys", { params: { query: { tenant } }, signal })),
  });
}

/** Makes a key; the answer shows it once. */
export function createKey(tenant: string, key: NewKey): Promise<MadeKey> {
  return answer<MadeKey>(http.POST("/api/v1/api-keys", { params: { query: { tenant } }, body: key }));
}

/** Replaces a key; the old one lives on for some hours. */
export function rotateKey(tenant: string, id: string, overlapHours: number): Promise<MadeKey> {
  return answer<MadeKey>(
    http.POST("/api/v1/api-keys/{id}/rotate", { params: { path: { id }, query: { tenant } }, body: { overlap_hours: overlapHours } }),
  );
}

/** Revokes a key, for good. */
export function revokeKey(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/api-keys/{id}", { params: { path: { id }, query: { tenant } } }));
}

/** Whether a key still opens something. */
export function isGood(key: KeyRow): boolean {
  return key.status === "good" || key.status === "replaced";
}
