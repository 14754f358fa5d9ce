// Executions of workflows: the only file that names their endpoint of the API.
import { queryOptions } from "@tanstack/react-query";
import { answer, type ExecutionPage, http } from "@/lib/api";

export type ExecutionFilters = { endpoint_id?: string; delivery_id?: string; limit?: number };

/** Executions, newest first: the first page. */
export function executionsQuery(tenant: string, filters: ExecutionFilters) {
  return queryOptions({
    queryKey: ["workflows", tenant, filters],
    queryFn: ({ signal }): Promise<ExecutionPage> =>
      answer<ExecutionPage>(http.GET("/api/v1/workflow-executions", { params: { query: { tenant, ...filters } }, signal })),
  });
}
