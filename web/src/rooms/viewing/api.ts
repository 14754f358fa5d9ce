// Looking into a tenant from outside: the only file that names these endpoints.
import { answer, http, type NewViewing, type Viewing } from "@/lib/api";

/** Looks into a tenant as one of its roles; what one looked at before ends. */
export function beginViewing(tenant: string, viewing: NewViewing): Promise<Viewing> {
  return answer<Viewing>(
    http.POST("/api/admin/tenants/{id}/viewing", { params: { path: { id: tenant } }, body: viewing }),
  );
}

/** Stops looking. */
export function endViewing(): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/admin/viewing"));
}
