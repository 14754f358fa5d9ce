// What the server answers, and what a person does, for the pages of `pages.mjs`.
import { readDemo } from "./browser.mjs";

export const demo = readDemo();
export const slug = demo.tenants[0].slug;

export const empty = { items: [], next_cursor: null };
export const problem = (status, code, detail, fields = []) => ({ status, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: code, status, detail, code, fields, request_id: "01JD0EXAMPLE" }) });
export const answer = (pattern, response) => (page) => page.route(pattern, (route) => route.fulfill(response));
export const json = (body) => ({ status: 200, contentType: "application/json", body: JSON.stringify(body) });
export const now = "2026-11-21T00:00:00.000Z";
export const secret = { secret: "whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGU=", secret_ascii: "example-example-example" };
/** The person's own answer of /me with fewer rights, as staff have. */
export const asStaff = (page) => page.route("**/api/v1/me*", async (route) => {
  const response = await route.fetch();
  const me = await response.json();
  await route.fulfill({ response, json: { ...me, permissions: ["calls.read", "contacts.read", "texts.read", "texts.send", "usage.read", "events.read", "deliveries.read", "endpoints.read"] } });
});
const person = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000000${n}`, since: "2026-03-02T15:00:00.000Z", has_password: true, is_me: false, ...over });
export const members = [
  person(1, { name: "Odile Gagné", email: "odile@rivenord.example", role: "owner", is_me: true }),
  person(2, { name: "Marc-Antoine Desrosiers-Tremblay", email: "marc-antoine.desrosiers@rivenord.example", role: "manager" }),
  person(3, { name: null, email: "reception@rivenord.example", role: "staff" }),
  person(4, { name: "Ben Carter", email: "ben@rivenord.example", role: "viewer" }),
];
const invitation = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000010${n}`, created_at: now, sent_at: now, expires_at: "2026-11-28T00:00:00.000Z", is_expired: false, ...over });
export const invitations = [invitation(1, { email: "luc@rivenord.example", role: "staff" }), invitation(2, { email: "nadia@rivenord.example", role: "viewer", expires_at: now, is_expired: true })];
export const team = (people, open) => async (page) => {
  await answer("**/api/v1/people?*", json({ items: people, next_cursor: null }))(page);
  await answer("**/api/v1/invitations?*", json({ items: open, next_cursor: null }))(page);
};
export const memberMenu = (item) => async (page) => {
  await page.locator("[data-member-id]").nth(1).getByRole("button").click();
  await page.getByRole("menuitem").nth(item).click();
};
const sessionOf = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000020${n}`, created_at: "2026-11-02T15:00:00.000Z", last_seen_at: now, expires_at: "2026-12-20T00:00:00.000Z", is_this: false, ...over });
export const sessions = [
  sessionOf(1, { device: "Firefox · Linux", address: "192.0.2.7", is_this: true }),
  sessionOf(2, { device: "Safari · iPhone", address: "2001:db8:4f2a:9c00:1d2e:3f40:5a6b:7c8d" }),
  sessionOf(3, { device: null, address: null, last_seen_at: null }),
];
export const invitedAs = (over) => answer("**/auth/invitations/look", json({ company_name: "Chauffage Rive-Nord", email: "nadia@rivenord.example", role: "staff", expires_at: "2026-11-28T00:00:00.000Z", ...over }));
export const sendForgotten = async (page) => {
  await page.locator('input[name="email"]').fill("odile@rivenord.example");
  await page.locator('main button[type="submit"]').click();
};
export const chooseNew = async (page) => {
  await page.locator('input[name="password"]').fill("plumbers sing at noon");
  await page.locator('main button[type="submit"]').click();
};
export const retell = (state) => answer("**/api/organizations/*/retell", json(state));
export const n8n = (state) => answer("**/api/organizations/*/n8n", json(state));
export const noRetell = { connected: false, agent_id: null, agents: [], api_key_masked: null, hook_url: null, created_at: null };
export const someRetell = { connected: true, agent_id: "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e", agents: ["agent_4f2d9a1b7c3e5d6f8a9b0c1d2e"], api_key_masked: "••••6789", hook_url: "https://vestibule.example/hooks/retell/5c1f0e9a7b3d4c2f8e6a1b0d9c8e7f6a", created_at: now };
export const noN8n = { connected: false, endpoint: null, instance_url: null, workflow_id: null, webhook_url: null, api_key_masked: null, is_active: false };
export const someN8n = { ...noN8n, connected: true, webhook_url: "https://n8n.example.com/webhook/calls", instance_url: "https://n8n.example.com", workflow_id: "q7XcVb2LmN0p", api_key_masked: "••••c41d", is_active: true };
const n8nEndpoint = { id: "0192f0c1-2b3c-7d4e-8f50-616263646566", kind: "n8n", url: someN8n.webhook_url, description: "n8n", event_types: ["call.call-ended"], schedule_seconds: [0], is_active: true, disabled_reason: null, circuit: "closed", secret_last4: "1234", created_at: now, updated_at: now };
const execution = (id, status, over) => ({ id, execution_id: id, workflow_id: "q7XcVb2LmN0p", endpoint: { id: n8nEndpoint.id, description: "n8n", url: n8nEndpoint.url }, delivery_id: "1", status, mode: "webhook", started_at: now, stopped_at: "2026-11-21T00:00:00.120Z", url: `https://n8n.example.com/workflow/q7XcVb2LmN0p/executions/${id}`, ...over });
const executions = answer("**/api/v1/workflow-executions?*", json({ items: [execution("58", "RUNNING", { stopped_at: null }), execution("57", "SUCCESS"), execution("56", "ERROR", { delivery_id: null }), execution("55", "UNKNOWN", { url: null, stopped_at: null })], next_cursor: null }));
/** A connected n8n, and what it answers when it is tested. */
export const tested = (watch, found) => async (page) => {
  await retell(someRetell)(page);
  await executions(page);
  await page.route("**/api/organizations/*/n8n", (route) => route.fulfill(json({ ...someN8n, endpoint: n8nEndpoint, watch })));
  await answer("**/api/organizations/*/n8n/test", json({ workflow_name: "Vestibule: receptionist", addresses: [], said: null, ...found }))(page);
};
export const pressTest = (page) => page.getByTestId("n8n-test").getByRole("button").first().click();
const hook = (provider) => `https://vestibule.example/hooks/${provider}/UGwxTt3y7iVHujSCBq-nEc4GnorSSOlNdeI23vV7ZuA`;
export const connection = (provider, over) => ({ provider, agents: [], numbers: [], fields: {}, secrets: [], key_last4: "", hook_url: hook(provider), created_at: now, updated_at: now, ...over });
const compared = { done_until: now, fault: null, listed: 812, filled: 3, last_filled_at: now };
export const connected = [
  connection("retell", { agents: ["agent_4f2d9a1b7c3e5d6f8a9b0c1d2e"], secrets: ["api_key"], key_last4: "6789", reconciliation: compared }),
  connection("vapi", { agents: ["0c4b8f6e-9d13-4a7e-8f5b-2d1c6a9e7b30"], fields: { assistant_id: "0c4b8f6e-9d13-4a7e-8f5b-2d1c6a9e7b30", auth_mode: "hmac" }, secrets: ["webhook_secret", "private_key"], key_last4: "x9Qa", reconciliation: { ...compared, fault: "provider_unauthorized" } }),
  connection("twilio", { numbers: ["+15145550142"], fields: { account_sid: "AC00000000000000000000000000000000", phone_number: "+15145550142" }, secrets: ["auth_token"], key_last4: "41cd", reconciliation: { ...compared, filled: 0, last_filled_at: null } }),
];
export const connections = (items) => answer("**/api/v1/connections?*", json({ items }));
const held = [
  ["retell", "signature_mismatch", "It was signed with another key: enter the provider’s current key, and the request is let in.", "Elle a été signée avec une autre clé : inscrivez la clé actuelle du fournisseur, et la requête entrera."],
  ["twilio", "signature_mismatch", "It was signed for the other of http and https: set this server’s public address to the one the provider was given.", "Elle a été signée pour l’autre de http et https : réglez l’adresse publique de ce serveur sur celle donnée au fournisseur."],
  ["vapi", "no_client_for_agent", "Its agent or number is bound to nobody: connect it, and the request is let in.", "Son agent ou son numéro n’est relié à personne : reliez-le, et la requête entrera."],
  ["a_new_one", "a_new_code", "Ask the operator.", "Demandez à l’exploitant."],
].map(([provider, reason, advice_en, advice_fr], index) => ({ id: String(index), provider, reason, hint: null, advice_en, advice_fr, size_bytes: 900 + index * 9100, received_at: now, held_until: "2026-11-24T00:00:00.000Z" }));
export const mails = [
  ["owed", 2, "rate_limited", "gerante@rive-nord.example", "Les envois vers n8n.rive-nord.example sont désactivés"],
  ["sent", 1, null, "owner@a-rather-long-name-of-a-company.example", "Deliveries to automations.a-rather-long-name-of-a-company.example:8443 are switched off"],
  ["failed", 6, "unreachable", "owner@north-shore.example", "Deliveries to n8n.example are switched off"],
].map(([state, attempts, last_error, to, subject], index) => ({ id: String(index), kind: "endpoint.off", to, locale: "en", subject, state, attempts, last_error, created_at: now, sent_at: state === "sent" ? now : null }));
const usual = ["calls.read", "contacts.read", "usage.read", "usage.manage", "texts.read", "texts.send", "events.read", "deliveries.read", "deliveries.retry", "inbox.read", "inbox.manage", "mails.read", "endpoints.read", "endpoints.manage", "connections.read", "connections.manage"];
const keyOf = (id, over) => ({ id, name: id, prefix: "vst_k3yEx4mp", scopes: ["calls.read"], status: "good", created_at: now, created_by: { kind: "person", name: "Marie Gagné" }, expires_at: "2027-11-21T00:00:00.000Z", last_used_at: now, rate_per_minute: null, replaced_by: null, revoked_at: null, ...over });
export const keyRows = [
  keyOf("n8n", { scopes: usual }),
  keyOf("Tableau de bord de la comptabilité et des ventes du siège", { scopes: usual.filter((scope) => scope.endsWith(".read")), last_used_at: null, expires_at: null, created_by: { kind: "platform", name: null }, rate_per_minute: 30 }),
  keyOf("Backup", { scopes: ["calls.read", "contacts.read", "texts.read", "data.export"], status: "replaced", replaced_by: "n8n", expires_at: "2026-11-22T00:00:00.000Z", created_by: { kind: "key", name: null } }),
];
export const keysOver = [keyOf("Old n8n", { status: "expired", expires_at: "2026-11-01T00:00:00.000Z" }), keyOf("Lost laptop", { status: "revoked", revoked_at: now, scopes: ["agents.manage", "a_new.one"] })];
export const keys = (items) => answer("**/api/v1/api-keys?*", json({ items, next_cursor: null }));
export const keyMade = (page) => page.route("**/api/v1/api-keys?*", (route) => (route.request().method() === "POST"
  ? route.fulfill({ ...json({ ...keyRows[0], key: "vst_k3yEx4mpl3k3yEx4mpl3k3yEx4mpl3k3yEx4mpl3k3yE" }), status: 201 }) : route.fulfill(json({ items: keyRows, next_cursor: null }))));
export const openNewKey = (page) => page.locator("main").getByRole("button", { name: /key|clé/i }).first().click();
export const fromKeyMenu = (at) => async (page) => {
  await page.locator('[data-key-id="n8n"] button[aria-haspopup]').click();
  await page.getByRole("menuitem").nth(at).click();
};
export const audited = [
  ["person", "u1", "Nathalie Gagnon-Desrosiers", "call.transcript_read", "call", {}],
  ["person", "u1", "Nathalie Gagnon-Desrosiers", "call.recording_played", "call", {}],
  ["key", "k1", "n8n", "call.transcript_read", "call", {}],
  ["person", "u2", "owner@a-rather-long-name-of-a-company.example", "endpoint.created", "endpoint", { url: "https://automations.a-rather-long-name-of-a-company.example:8443/webhook/calls-of-this-business" }],
  ["system", "outbox", null, "endpoint.disabled", "endpoint", { reason: "failing" }],
  ["connection", "c1", null, "hint.refused", "tenant", {}],
  ["person", "u3", null, "connection.changed", "connection", { provider: "retell" }],
  ["person", "u2", "Luc Gagné", "a.new_action", "thing", { is_active: true, days: 30 }],
  ["system", "audit", null, "audit.chain_begun", "tenant", { rows: 812, digest: "0d7c5e2b9f4a" }],
].map(([kind, id, name, action, object, details], index) => ({ id: String(index), at: now, actor: { kind, id, name }, action, object: { kind: object, id: "0192f0c1-2b3c-7d4e-8f50-616263646566" }, details, seq: 1204 - index, hash: "ab".repeat(32) }));
export const auditNow = answer("**/api/v1/audit?*", json({ items: audited, next_cursor: "next" }));
export const heldNow = answer("**/api/v1/held-requests?*", json({ items: held, next_cursor: "next" }));
export const open = (provider) => (page) => page.getByTestId(`provider-${provider}`).locator("button[aria-expanded]").first().click();
export const both = (first, second) => async (page) => {
  await first(page);
  await second(page);
};
const kept = { transcripts_days: null, recordings_days: 90, raw_events_days: 90 };
export const wouldGo = { transcripts: { count: 312, oldest_at: "2026-03-03T15:00:00.000Z" }, recordings: { count: 1, oldest_at: "2026-03-03T15:00:00.000Z" }, raw_events: { count: 0, oldest_at: null } };
export const counts = (over) => ({ calls: 0, transcripts: 0, recordings: 0, events: 0, texts: 0, deliveries: 0, mails: 0, held: 0, contacts: 0, ...over });
const asked = (provider, what, state, count) => ({ provider, what, state, count, last_error: null });
const erasure = (id, over) => ({ id, kind: "caller", reason: "request", by: "person:1", at: now, reapplied_at: null, counts: counts({ calls: 12, transcripts: 11, recordings: 11, events: 36, texts: 4, deliveries: 24, contacts: 1 }), providers: [], ...over });
export const erasures = [
  erasure("1", { providers: [asked("retell", "call", "confirmed", 9), asked("retell", "call", "owed", 2), asked("vapi", "call", "refused", 1), asked("twilio", "text", "gone", 4), asked("n8n-retell", "call", "unsupported", 1)] }),
  erasure("2", { kind: "retention", reason: "kept_long_enough", counts: counts({ transcripts: 312, recordings: 290, events: 1204 }) }),
  erasure("3", { reason: "consent_withdrawn", counts: counts({ calls: 1, contacts: 1 }), reapplied_at: now }),
];
export const privacyNow = both(answer("**/api/v1/retention?*", json(kept)), answer("**/api/v1/erasures?*", json({ items: erasures, next_cursor: "next" })));
export const seen = { phone: "+15145550187", name: "Marie Tremblay", counts: counts({ calls: 12, transcripts: 11, recordings: 11, events: 36, texts: 4, deliveries: 24, mails: 1, held: 1, contacts: 1 }), first_at: "2026-03-03T15:00:00.000Z", last_at: now, providers: ["retell", "twilio"], endpoints: 2 };
export const lookUp = async (page) => {
  await page.locator('input[name="phone"]').fill("+1 514 555-0187");
  await page.getByTestId("erase").locator('button[type="submit"]').click();
};
export const muted = { muted: true, muted_at: now, why: "other_place", deliveries: 1204, texts: 3, mails: 1, before: 1190, oldest_at: "2026-11-20T08:00:00.000Z" };
const event = (over) => ({ id: String(Math.random()), provider: "retell", event_name: "call_ended", state: "folded", reason: null, received_at: now, revision: 0, attempts: 0, call_id: "1", size_bytes: 5204, kept_until: "2027-02-19T00:00:00.000Z", ...over });
export const events = [
  event({}), event({ event_name: "call_analyzed", revision: 1, size_bytes: 18_204 }), event({ event_name: "call_started", state: "pending", call_id: null }),
  event({ state: "failed", reason: "processing_failed", attempts: 5 }), event({ event_name: "transcript_updated", state: "ignored", reason: "unsupported_event", call_id: null }),
  event({ event_name: "unknown", state: "unprocessable", reason: "not_json", call_id: null, size_bytes: 12 }),
  event({ state: "unprocessable", reason: "no_call_id", call_id: null }), event({ state: "failed", reason: "a_new_code", attempts: 1 }), event({ kept_until: null }),
];
const textOf = (id, direction, body, over) => ({ id, thread_id: "t1", direction, from_number: direction === "INBOUND" ? "+15145550187" : "+15145550142", to_number: direction === "INBOUND" ? "+15145550142" : "+15145550187", body, status: direction === "INBOUND" ? "RECEIVED" : "DELIVERED", keyword: null, segments: 1, media_count: 0, price_micros: null, currency: null, problem: null, provider: "twilio", external_id: `SM${id}`, at: now, ...over });
const written = [
  textOf("8", "OUTBOUND", "Votre technicien arrive dans dix minutes.", { status: "QUEUED" }),
  textOf("7", "OUTBOUND", "Your technician is on the way: https://example.com/a-rather-long-address-that-does-not-break-anywhere-at-all-because-it-is-one-word", { status: "UNKNOWN" }),
  textOf("6", "INBOUND", "STOP", { keyword: "STOP" }),
  textOf("5", "OUTBOUND", "See you tomorrow at nine.", { status: "UNDELIVERED", problem: { code: "not_registered", provider_code: "30034", message: "Our number is not registered for texts of businesses in the United States (A2P 10DLC): register a brand and a campaign at the provider. It takes days." } }),
  textOf("4", "INBOUND", "", { media_count: 2 }),
  textOf("3", "INBOUND", "Parfait, merci ! 👍\nJ’envoie des photos de la fournaise."),
  textOf("2", "OUTBOUND", "Bonjour Marie, oui : demain à neuf heures, ça va ?", { price_micros: 7900, currency: "USD" }),
  textOf("1", "INBOUND", "Bonjour, êtes-vous ouverts demain matin ? La fournaise fait un bruit étrange depuis hier soir."),
];
const threadOf = (id, over) => ({ id, our_number: "+15145550142", their_number: "+15145550187", contact_id: "c1", contact_name: "Marie Tremblay", opted_out_at: null, last_at: now, last: written[0], ...over });
const threads = [
  threadOf("t1", {}),
  threadOf("t2", { their_number: "+14185550111", contact_id: null, contact_name: null, last: { ...written[7], thread_id: "t2" } }),
  threadOf("t3", { contact_name: "Jean-Baptiste de la Fontaine-Desrochers", opted_out_at: now, last: written[2] }),
  threadOf("t4", { their_number: "55555", contact_name: null, last: { ...written[4], thread_id: "t4" } }),
  threadOf("t5", { contact_name: "Luc Gagné", last: written[3] }),
];
export const textsNow = both(answer("**/api/v1/text-threads?*", json({ items: threads, next_cursor: "next" })), answer("**/api/v1/text-numbers?*", json({ items: [{ number: "+15145550142", provider: "twilio" }, { number: "+18195550100", provider: "twilio" }] })));
export const threadNow = (over) => both(answer("**/api/v1/text-threads/*", json(threadOf("t1", over))), answer("**/api/v1/texts?*", json({ items: written, next_cursor: "next" })));
export const pressSend = (page) => page.locator('main button[type="submit"]').click();
export const came = (body) => (page) => page.route("**/api/v1/lab/retell/*", (route) => (route.request().method() === "POST" ? route.fulfill(json({ ok: false, status: null, error: null, took_ms: 12, answer: null, call: "ab".repeat(16), ...body })) : route.continue()));
export const refused = ["signature_missing", "signature_malformed", "signature_stale", "signature_mismatch", "no_client_for_agent", "not_found", "too_large", "unavailable", "a_new_code"]
  .map((reason, index) => ({ door: "hook/retell", reason, minute: now, count: 1 + index * index * 40 }));
export const agencies = [["Boréal Réception", 12, 3], ["Téléphonie de l’Estrie et des Cantons inc.", 148, 1], ["North Office", 0, 0]]
  .map(([name, tenants, admins], index) => ({ id: `0192f0c1-2b3c-7d4e-8f50-61626364656${index}`, name, tenants, admins, created_at: now }));
const people = [["Amélie Boréal", "amelie@boreal.example", true], [null, "a-rather-long-name-of-a-person@agency-with-a-long-name.example", false]]
  .map(([name, email, has_password], index) => ({ id: String(index), name, email, has_password }));
export const agencyNow = (over) => answer("**/api/admin/agencies/*", json({ ...agencies[0], people, ...over }));
/** The person's own answer of /me while they look in from outside. */
export const looking = (page) => page.route("**/api/v1/me*", async (route) => {
  const response = await route.fetch();
  const me = await response.json();
  const { id, company } = demo.tenants[0];
  const tenant = { id, slug, company_name: company, status: "active", timezone: "America/Toronto", locale: "en" };
  const viewing = { id: "1", tenant, role: "manager", reason: "A caller says that nobody called back yesterday", ends_at: new Date(Date.now() + 1_500_000).toISOString() };
  const permissions = ["usage.read", "calls.read", "contacts.read", "texts.read", "events.read", "deliveries.read", "endpoints.read", "connections.read", "inbox.read", "mails.read"];
  await route.fulfill({ response, json: { ...me, viewing, permissions: me.tenant ? permissions : [] } });
});
export const noCalls = answer("**/api/v1/calls?*", json(empty));
export const openTenant = async (page) => {
  await page.goto(`${demo.url}/admin/tenants?agency=none`);
  await page.locator('main a[href^="/admin/tenants/"]').first().click();
  await page.locator("main dl").first().waitFor();
};
export const openTenantOf = async (page) => {
  await page.goto(`${demo.url}/admin/tenants`);
  await page.locator('main a[href^="/admin/tenants/"]').first().click();
  await page.locator("main dl").first().waitFor();
};
export const eye = (page) => page.locator("main .mantine-Button-root:has(.tabler-icon-eye)").first().click();
export const swap = (page) => page.locator("main .mantine-Button-root:has(.tabler-icon-arrows-exchange)").click();
export const handedOver = (page) => page.route("**/api/admin/tenants/*/hand-over", (route) => route.fulfill(json(
  { agency: null, keys_revoked: 2, viewings_ended: 1, members_removed: 1, bindings_ended: 3, endpoints: ["n8n.boreal.example", "automation.example:8443"] })));
export const firstLink = (list, item) => async (page) => {
  await page.goto(`${demo.url}${list}`);
  await page.locator(item).first().waitFor();
  await page.locator(item).first().getByRole("link").or(page.locator(item).first()).first().click();
};

export const fillSignIn = async (page) => {
  await page.locator('input[name="email"]').fill("someone@example.com");
  await page.locator('input[name="password"]').fill("not the password");
  await page.locator('button[type="submit"]').click();
};
export const challengeAsked = { status: 202, contentType: "application/json", body: JSON.stringify({ challenge: "vsf_example", expires_at: "2026-11-21T00:10:00.000Z" }) };
export const challenged = answer("**/auth/login", challengeAsked);
export const pressMain = (page) => page.locator("main button").last().click();
export const exported = (state, over) => ({ id: "0192f0c1-2b3c-7d4e-8f50-6162636465aa", state, asked_at: now, finished_at: now, fetched_at: null, expires_at: "2026-11-22T00:00:00.000Z", rows: 18_204, size_bytes: 4_812_331, digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ...over });
export const exportsNow = (...items) => answer("**/api/v1/exports?*", json({ items }));

const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h29v29H0z"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 13h3v3h-3zM18 18h2v2h-2zM22 22h3v3h-3z"/></svg>';
export const enrolment = json({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", otpauth_uri: "otpauth://totp/Vestibule", qr_svg: picture });
/** The person's second factor, on or off, and what beginning one is answered. */
export const factorIs = (on, begun) => (page) => page.route("**/api/v1/me/second-factor", (route) => route.fulfill(route.request().method() === "POST" ? begun : json({ is_on: on, since: on ? now : null, recovery_codes_left: on ? 3 : 0 })));
export const toFactor = (page) => page.getByTestId("second-factor").scrollIntoViewIfNeeded();
export const beginFactor = async (page) => {
  await page.getByTestId("second-factor").getByRole("button").first().click();
  await page.locator('[role="dialog"] input[name="password"]').fill("a password");
  await page.locator('[role="dialog"] button[type="submit"]').click();
};
