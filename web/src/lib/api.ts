// The typed client of the server, and the names this program gives to the server's shapes.
// Types are derived from paths, so a renamed schema component changes nothing here.
import createClient, { type Middleware } from "openapi-fetch";
import i18next from "i18next";
import { Problem } from "./problem";
import type { paths } from "./schema.gen";

const csrfCookie = "vestibule_csrf";

function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set("accept-language", i18next.language || "en");
    if (request.method !== "GET") {
      const token = cookie(csrfCookie);
      if (token) request.headers.set("x-csrf-token", token);
    }
    return request;
  },
};

/** The client; rooms use it through `answer`. */
export const http = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
});
http.use(headers);

/** Unwraps an answer: the data, or a thrown Problem. */
export async function answer<T>(
  request: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const result = await request.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Problem(0, null);
  });
  if (result.error !== undefined || !result.response.ok) {
    throw new Problem(result.response.status, result.error, result.response.headers.get("retry-after"));
  }
  return result.data as T;
}

/** Where the live changes of a tenant are streamed from. */
export function liveUrl(tenant: string): string {
  return `/api/v1/events?tenant=${encodeURIComponent(tenant)}`;
}

type Success = 200 | 201 | 202;
type Answer<Operation> = Operation extends { responses: infer R }
  ? {
      [C in keyof R & Success]: R[C] extends { content: { "application/json": infer T } } ? T : never;
    }[keyof R & Success]
  : never;
type Body<Operation> = Operation extends {
  requestBody?: { content: { "application/json": infer T } };
}
  ? T
  : never;
type Query<Operation> = Operation extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type Item<Page> = Page extends { items: (infer T)[] } ? T : never;

export type Session = Answer<paths["/auth/login"]["post"]>;
type MeAnswer = Answer<paths["/api/v1/me"]["get"]>;
/** A person; an API key, which has no user, never runs these pages. */
export type Me = MeAnswer & { user: NonNullable<MeAnswer["user"]> };
export type TenantRef = Me["memberships"][number]["tenant"];

export type CallPage = Answer<paths["/api/v1/calls"]["get"]>;
export type CallRow = Item<CallPage>;
export type CallQuery = Query<paths["/api/v1/calls"]["get"]>;
export type CallDetail = Answer<paths["/api/v1/calls/{id}"]["get"]>;
export type Utterance = CallDetail["transcript"][number];
export type CallFact = CallDetail["facts"][number];

export type ExportList = Answer<paths["/api/v1/exports"]["get"]>;
export type ExportRow = Item<ExportList>;

export type MailPage = Answer<paths["/api/v1/mails"]["get"]>;
export type MailRow = Item<MailPage>;
export type InboxPage = Answer<paths["/api/v1/inbox"]["get"]>;
export type InboxRow = Item<InboxPage>;
export type InboxQuery = Query<paths["/api/v1/inbox"]["get"]>;
export type Retention = Answer<paths["/api/v1/inbox/retention"]["get"]>;

export type KeptDays = Body<paths["/api/v1/retention"]["put"]>;
export type KeptAnswer = Answer<paths["/api/v1/retention"]["get"]>;
export type DryRun = Answer<paths["/api/v1/retention/dry-run"]["post"]>;
export type ErasurePage = Answer<paths["/api/v1/erasures"]["get"]>;
export type ErasureRow = Item<ErasurePage>;
export type ErasureQuery = Query<paths["/api/v1/erasures"]["get"]>;
export type ErasurePreview = Answer<paths["/api/v1/erasures/preview"]["post"]>;
/** Whether this installation is muted. */
export type Instance = Answer<paths["/api/admin/instance"]["get"]>;

export type Lab = Answer<paths["/api/v1/lab"]["get"]>;
export type Shelf = Item<Lab>;
export type Sample = Shelf["samples"][number];
export type Preview = Answer<paths["/api/v1/lab/{provider}/{sample}"]["get"]>;
export type SendOrder = Body<paths["/api/v1/lab/{provider}/{sample}"]["post"]>;
/** What came back from where something was sent. */
export type Came = Answer<paths["/api/v1/lab/{provider}/{sample}"]["post"]>;

export type ContactPage = Answer<paths["/api/v1/contacts"]["get"]>;
export type ContactRow = Item<ContactPage>;
export type ContactQuery = Query<paths["/api/v1/contacts"]["get"]>;

export type ThreadPage = Answer<paths["/api/v1/text-threads"]["get"]>;
export type ThreadRow = Item<ThreadPage>;
export type TextPage = Answer<paths["/api/v1/texts"]["get"]>;
export type TextRow = Item<TextPage>;
export type TextNumbers = Answer<paths["/api/v1/text-numbers"]["get"]>;
export type NewText = Body<paths["/api/v1/texts"]["post"]>;

export type DeliveryPage = Answer<paths["/api/v1/deliveries"]["get"]>;
export type DeliveryRow = Item<DeliveryPage>;
export type DeliveryQuery = Query<paths["/api/v1/deliveries"]["get"]>;
export type DeliveryDetail = Answer<paths["/api/v1/deliveries/{id}"]["get"]>;
export type Attempt = DeliveryDetail["attempts"][number];

export type EndpointPage = Answer<paths["/api/v1/endpoints"]["get"]>;
export type EndpointRow = Item<EndpointPage>;
export type NewEndpoint = Body<paths["/api/v1/endpoints"]["post"]>;
export type EndpointPatch = Body<paths["/api/v1/endpoints/{id}"]["patch"]>;
export type DeliveryStats = Answer<paths["/api/v1/deliveries/stats"]["get"]>;
export type RedeliveryPage = Answer<paths["/api/v1/endpoints/{id}/redeliveries"]["get"]>;
export type Redelivery = Item<RedeliveryPage>;
export type ReplayOrder = Body<paths["/api/v1/endpoints/{id}/replay"]["post"]>;
export type NewSecret = Answer<paths["/api/v1/endpoints/{id}/rotate-secret"]["post"]>;

export type Retell = Answer<paths["/api/organizations/{organization}/retell"]["get"]>;
export type RetellChange = Body<paths["/api/organizations/{organization}/retell"]["post"]>;
export type N8n = Answer<paths["/api/organizations/{organization}/n8n"]["get"]>;
export type N8nChange = Body<paths["/api/organizations/{organization}/n8n"]["post"]>;

export type Diagnosis = Answer<paths["/api/organizations/{organization}/n8n/test"]["post"]>;

export type ExecutionPage = Answer<paths["/api/v1/workflow-executions"]["get"]>;
export type ExecutionRow = Item<ExecutionPage>;

export type Provider = Item<Answer<paths["/api/v1/providers"]["get"]>>;
export type ProviderField = Provider["fields"][number];
/** A text in both languages. */
export type Words = ProviderField["label"];
export type Connection = Item<Answer<paths["/api/v1/connections"]["get"]>>;
export type ConnectionChange = Body<paths["/api/v1/connections/{provider}"]["put"]>;
export type HeldPage = Answer<paths["/api/v1/held-requests"]["get"]>;
export type HeldRow = Item<HeldPage>;

export type KeyPage = Answer<paths["/api/v1/api-keys"]["get"]>;
export type KeyRow = Item<KeyPage>;
export type NewKey = Body<paths["/api/v1/api-keys"]["post"]>;
export type MadeKey = Answer<paths["/api/v1/api-keys"]["post"]>;

export type TenantPage = Answer<paths["/api/admin/tenants"]["get"]>;
export type TenantRow = Item<TenantPage>;
export type TenantQuery = Query<paths["/api/admin/tenants"]["get"]>;
export type NewTenant = Body<paths["/api/admin/tenants"]["post"]>;
export type CreatedTenant = Answer<paths["/api/admin/tenants"]["post"]>;
export type TenantStats = Answer<paths["/api/admin/tenants/{id}/stats"]["get"]>;

export type HandOver = Body<paths["/api/admin/tenants/{id}/hand-over"]["post"]>;
export type HandedOver = Answer<paths["/api/admin/tenants/{id}/hand-over"]["post"]>;
export type Viewing = Answer<paths["/api/admin/tenants/{id}/viewing"]["post"]>;
export type NewViewing = Body<paths["/api/admin/tenants/{id}/viewing"]["post"]>;

export type AgencyPage = Answer<paths["/api/admin/agencies"]["get"]>;
export type AgencyRow = Item<AgencyPage>;
export type AgencyDetail = Answer<paths["/api/admin/agencies/{id}"]["get"]>;
export type AgencyAdmin = AgencyDetail["people"][number];
export type NewAgency = Body<paths["/api/admin/agencies"]["post"]>;
export type NewAdmin = Body<paths["/api/admin/agencies/{id}/admins"]["post"]>;
export type AppointedAdmin = Answer<paths["/api/admin/agencies/{id}/admins"]["post"]>;

export type RefusalPage = Answer<paths["/api/admin/refusals"]["get"]>;
export type RefusalRow = Item<RefusalPage>;

export type AuditPage = Answer<paths["/api/v1/audit"]["get"]>;
export type AuditRow = Item<AuditPage>;
export type AuditActor = AuditRow["actor"];
export type AuditQuery = Query<paths["/api/v1/audit"]["get"]>;
export type LookPage = Answer<paths["/api/v1/calls/{id}/looks"]["get"]>;

export type Usage = Answer<paths["/api/v1/usage"]["get"]>;
export type Worth = Answer<paths["/api/v1/usage/settings"]["get"]>;
export type WorthChange = Body<paths["/api/v1/usage/settings"]["put"]>;
