// Connections of a tenant to providers of calls and to n8n: the only file that names their endpoints.
import { queryOptions } from "@tanstack/react-query";
import {
  answer, type Connection, type ConnectionChange, type Diagnosis, http, type N8n, type N8nChange, type Provider, type Retell, type RetellChange,
} from "@/lib/api";

const retellPath = "/api/organizations/{organization}/retell";
const n8nPath = "/api/organizations/{organization}/n8n";
const of = (tenant: string) => ({ path: { organization: tenant } });

/** The connection to Retell; its key is masked. */
export function retellQuery(tenant: string) {
  return queryOptions({
    queryKey: ["connections", tenant, "retell"],
    queryFn: ({ signal }): Promise<Retell> => answer<Retell>(http.GET(retellPath, { params: of(tenant), signal })),
  });
}

/** Connects Retell, or changes the connection. */
export function connectRetell(tenant: string, change: RetellChange): Promise<Retell> {
  return answer<Retell>(http.POST(retellPath, { params: of(tenant), body: change }));
}

/** Ends the connection: its hook answers no more. */
export function disconnectRetell(tenant: string): Promise<unknown> {
  return answer<unknown>(http.DELETE(retellPath, { params: of(tenant) }));
}

/** The n8n workflow that is told of calls. */
export function n8nQuery(tenant: string) {
  return queryOptions({
    queryKey: ["connections", tenant, "n8n"],
    queryFn: ({ signal }): Promise<N8n> => answer<N8n>(http.GET(n8nPath, { params: of(tenant), signal })),
  });
}

/** Says where n8n is, or changes it; the answer that makes the endpoint shows its secret. */
export function connectN8n(tenant: string, change: N8nChange): Promise<N8n> {
  return answer<N8n>(http.POST(n8nPath, { params: of(tenant), body: change }));
}

/** Forgets n8n and its endpoint. */
export function disconnectN8n(tenant: string): Promise<unknown> {
  return answer<unknown>(http.DELETE(n8nPath, { params: of(tenant) }));
}

/** Looks whether calls reach the workflow; the answer is in words. */
export function testN8n(tenant: string): Promise<Diagnosis> {
  return answer<Diagnosis>(http.POST(`${n8nPath}/test`, { params: of(tenant) }));
}

/** Activates the workflow, and looks whether calls reach it then. */
export function activateN8n(tenant: string): Promise<Diagnosis> {
  return answer<Diagnosis>(http.POST(`${n8nPath}/activate`, { params: of(tenant) }));
}

/** Where an example workflow is downloaded from. */
export function exampleUrl(name: "receptionist" | "booking", language: "en" | "fr"): string {
  return `/api/v1/examples/n8n/${name}.${language}.json`;
}

type ListOf<T> = { items: T[] };

/** Every provider of calls, and what each wants to know. */
export function providersQuery(tenant: string) {
  return queryOptions({
    queryKey: ["providers", tenant],
    queryFn: ({ signal }): Promise<ListOf<Provider>> =>
      answer<ListOf<Provider>>(http.GET("/api/v1/providers", { params: { query: { tenant } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The providers that are connected, and how each stands. */
export function connectionsQuery(tenant: string) {
  return queryOptions({
    queryKey: ["connections", tenant, "all"],
    queryFn: ({ signal }): Promise<ListOf<Connection>> =>
      answer<ListOf<Connection>>(http.GET("/api/v1/connections", { params: { query: { tenant } }, signal })),
  });
}

/** Connects a provider, or changes the connection; the answer that makes secrets shows them. */
export function connectProvider(tenant: string, provider: string, change: ConnectionChange): Promise<Connection> {
  return answer<Connection>(http.PUT("/api/v1/connections/{provider}", { params: { path: { provider }, query: { tenant } }, body: change }));
}

/** Ends a connection: its hook answers no more. */
export function disconnectProvider(tenant: string, provider: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/connections/{provider}", { params: { path: { provider }, query: { tenant } } }));
}
