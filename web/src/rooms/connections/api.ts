// Connections of a tenant to Retell and n8n: the only file that names their endpoints.
import { queryOptions } from "@tanstack/react-query";
import { answer, type Diagnosis, http, type N8n, type N8nChange, type Retell, type RetellChange } from "@/lib/api";

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
