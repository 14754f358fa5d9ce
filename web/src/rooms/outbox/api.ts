// The outbox: deliveries and endpoints. The only file that names their endpoints of the API.
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import {
  answer, type DeliveryDetail, type DeliveryPage, type DeliveryQuery, type DeliveryRow, type DeliveryStats, type EndpointPage, type EndpointPatch,
  type EndpointRow, http, type NewEndpoint, type NewSecret, type Redelivery, type RedeliveryPage, type ReplayOrder,
} from "@/lib/api";

export type DeliveryFilters = { state?: string; endpoint_id?: string };

/** The states of a delivery, those that want attention first. */
export const deliveryStates = ["dead", "retrying", "delivered", "pending", "parked"];

/** The kinds of event an endpoint can ask for, the default first. */
export const eventTypes = ["call.call-ended", "call.call-started", "call.call-updated", "text.text-received", "text.text-updated"];

/** Deliveries, newest first, page by page. */
export function deliveriesQuery(tenant: string, filters: DeliveryFilters) {
  return infiniteQueryOptions({
    queryKey: ["deliveries", tenant, "list", filters],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }): Promise<DeliveryPage> => {
      const query = { tenant, ...filters, cursor: pageParam } as DeliveryQuery;
      return answer<DeliveryPage>(http.GET("/api/v1/deliveries", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** One delivery with its body and attempts. */
export function deliveryQuery(tenant: string, id: string) {
  return queryOptions({
    queryKey: ["deliveries", tenant, "one", id],
    queryFn: ({ signal }): Promise<DeliveryDetail> =>
      answer<DeliveryDetail>(http.GET("/api/v1/deliveries/{id}", { params: { path: { id }, query: { tenant } } as never, signal })),
  });
}

/** Owes the delivery once more, now. */
export function retryDelivery(tenant: string, id: string): Promise<DeliveryDetail> {
  return answer<DeliveryDetail>(
    http.POST("/api/v1/deliveries/{id}/retry", { params: { path: { id }, query: { tenant } } as never }),
  );
}

/** All endpoints of a tenant. */
export function endpointsQuery(tenant: string) {
  return queryOptions({
    queryKey: ["endpoints", tenant],
    queryFn: ({ signal }): Promise<EndpointPage> =>
      answer<EndpointPage>(http.GET("/api/v1/endpoints", { params: { query: { tenant } } as never, signal })),
  });
}

/** Makes an endpoint; the answer shows its secret once. */
export function createEndpoint(tenant: string, endpoint: NewEndpoint): Promise<EndpointRow & NewSecret> {
  return answer<EndpointRow & NewSecret>(
    http.POST("/api/v1/endpoints", { params: { query: { tenant } } as never, body: endpoint }) as never,
  );
}

/** Changes an endpoint. */
export function changeEndpoint(tenant: string, id: string, patch: EndpointPatch): Promise<EndpointRow> {
  return answer<EndpointRow>(
    http.PATCH("/api/v1/endpoints/{id}", { params: { path: { id }, query: { tenant } } as never, body: patch }) as never,
  );
}

/** Removes an endpoint. */
export function deleteEndpoint(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/endpoints/{id}", { params: { path: { id }, query: { tenant } } as never }));
}

/** Makes a new secret; the previous one stays valid for a while. */
export function rotateSecret(tenant: string, id: string): Promise<NewSecret> {
  return answer<NewSecret>(
    http.POST("/api/v1/endpoints/{id}/rotate-secret", { params: { path: { id }, query: { tenant } } as never }),
  );
}

/** The figures of the last thirty days. */
export function statsQuery(tenant: string) {
  return queryOptions({
    queryKey: ["delivery-stats", tenant],
    queryFn: ({ signal }): Promise<DeliveryStats> =>
      answer<DeliveryStats>(http.GET("/api/v1/deliveries/stats", { params: { query: { tenant } }, signal })),
  });
}

/** Sends a test event; the answer is its delivery. */
export function sendTest(tenant: string, id: string): Promise<DeliveryRow> {
  return answer<DeliveryRow>(http.POST("/api/v1/endpoints/{id}/test", { params: { path: { id }, query: { tenant } } as never }));
}

/** Sends everything since an instant again. */
export function replay(tenant: string, id: string, order: ReplayOrder): Promise<Redelivery> {
  return answer<Redelivery>(
    http.POST("/api/v1/endpoints/{id}/replay", { params: { path: { id }, query: { tenant } } as never, body: order }) as never,
  );
}

/** Tries all dead letters of an endpoint again. */
export function retryDead(tenant: string, id: string): Promise<Redelivery> {
  return answer<Redelivery>(http.POST("/api/v1/endpoints/{id}/retry-dead", { params: { path: { id }, query: { tenant } } as never }));
}

/** What of an endpoint was sent again lately, newest first. */
export function redeliveriesQuery(tenant: string, id: string) {
  return queryOptions({
    queryKey: ["endpoints", tenant, "redeliveries", id],
    queryFn: ({ signal }): Promise<RedeliveryPage> =>
      answer<RedeliveryPage>(http.GET("/api/v1/endpoints/{id}/redeliveries", { params: { path: { id }, query: { tenant } } as never, signal })),
  });
}
