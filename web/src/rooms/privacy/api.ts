// How long things are kept, and the erasure of callers: the only file that names their endpoints.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, type DryRun, type ErasurePage, type ErasurePreview, type ErasureQuery, type ErasureRow, http, type KeptAnswer, type KeptDays } from "@/lib/api";

/** Nothing said is null. */
function whole(kept: KeptAnswer): KeptDays {
  return { transcripts_days: kept.transcripts_days ?? null, recordings_days: kept.recordings_days ?? null, raw_events_days: kept.raw_events_days };
}

/** How long things are kept. */
export function keptQuery(tenant: string) {
  return queryOptions({
    queryKey: ["privacy", tenant, "kept"],
    queryFn: ({ signal }): Promise<KeptDays> => answer<KeptAnswer>(http.GET("/api/v1/retention", { params: { query: { tenant } }, signal })).then(whole),
  });
}

/** Says how long things are kept. */
export function keepFor(tenant: string, body: KeptDays): Promise<KeptDays> {
  return answer<KeptAnswer>(http.PUT("/api/v1/retention", { params: { query: { tenant } }, body })).then(whole);
}

/** What would go if things were kept for so long. */
export function dryRunQuery(tenant: string, body: KeptDays) {
  return queryOptions({
    queryKey: ["privacy", tenant, "dry-run", body],
    queryFn: ({ signal }): Promise<DryRun> => answer<DryRun>(http.POST("/api/v1/retention/dry-run", { params: { query: { tenant } }, body, signal })),
  });
}

/** Erasures, newest first, page by page. */
export function erasuresQuery(tenant: string) {
  return infiniteQueryOptions({
    queryKey: ["privacy", tenant, "erasures"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<ErasurePage> => {
      const query: ErasureQuery = { tenant, cursor: pageParam, limit: 20 };
      return answer<ErasurePage>(http.GET("/api/v1/erasures", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** What erasing a caller would remove. */
export function previewErasure(tenant: string, phone: string): Promise<ErasurePreview> {
  return answer<ErasurePreview>(http.POST("/api/v1/erasures/preview", { params: { query: { tenant } }, body: { phone } }));
}

/** Erases a caller. */
export function eraseCaller(tenant: string, body: { phone: string; confirm: string; reason: string }): Promise<ErasureRow> {
  return answer<ErasureRow>(http.POST("/api/v1/erasures", { params: { query: { tenant } }, body }));
}

/** The signed receipt of an erasure. */
export function erasureReceipt(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.GET("/api/v1/erasures/{id}/receipt", { params: { path: { id }, query: { tenant } } as never }));
}
