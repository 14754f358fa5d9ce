// Archives of everything a tenant has: the only file that names their endpoints.
import { queryOptions } from "@tanstack/react-query";
import { answer, type ExportList, type ExportRow, http } from "@/lib/api";

/** How often it is asked whether an archive is ready, in milliseconds. */
const lookAgain = 2_000;

/** The newest archives; asked again while one is being made. */
export function exportsQuery(tenant: string) {
  return queryOptions({
    queryKey: ["exports", tenant],
    queryFn: ({ signal }): Promise<ExportList> => answer<ExportList>(http.GET("/api/v1/exports", { params: { query: { tenant } }, signal })),
    refetchInterval: (query) => (query.state.data?.items.some((row) => row.state === "running") ? lookAgain : false),
  });
}

/** Asks for an archive; while one is being made, that one is the answer. */
export function askForExport(tenant: string): Promise<ExportRow> {
  return answer<ExportRow>(http.POST("/api/v1/exports", { params: { query: { tenant } } }));
}

/** Where the browser fetches an archive's file. */
export function exportFileUrl(tenant: string, id: string): string {
  return `/api/v1/exports/${encodeURIComponent(id)}/file?tenant=${encodeURIComponent(tenant)}`;
}
