// The lab: the only file that names its endpoints.
import { queryOptions } from "@tanstack/react-query";
import { answer, type Came, http, type Lab, type Preview, type SendOrder } from "@/lib/api";

/** What can be sent: each provider's samples. */
export function labQuery(tenant: string) {
  return queryOptions({
    queryKey: ["lab", tenant],
    queryFn: ({ signal }): Promise<Lab> => answer<Lab>(http.GET("/api/v1/lab", { params: { query: { tenant } }, signal })),
  });
}

/** A sample as it would be sent now. `call` names the call that it tells of. */
export function previewQuery(tenant: string, provider: string, sample: string, call: string | undefined) {
  return queryOptions({
    queryKey: ["lab", tenant, provider, sample, { call }],
    queryFn: ({ signal }): Promise<Preview> =>
      answer<Preview>(http.GET("/api/v1/lab/{provider}/{sample}", { params: { path: { provider, sample }, query: { tenant, call } }, signal })),
    retry: false,
  });
}

/** Sends a sample and says what came back. */
export function sendSample(tenant: string, provider: string, sample: string, order: SendOrder): Promise<Came> {
  return answer<Came>(
    http.POST("/api/v1/lab/{provider}/{sample}", { params: { path: { provider, sample }, query: { tenant } } as never, body: order }),
  );
}
