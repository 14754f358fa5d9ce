// Looks at every page: English and French, light and dark, wide and narrow. Pictures land in
// target/screens; axe refuses serious and critical violations of WCAG A and AA.
//
// ONLY=calls,call limits the pages, QUICK=1 the variants (English light wide, French dark narrow). With CI set, each page
// is looked at in two of the eight, which have nothing in common; the next page in the next two.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { axeSource, launch, readDemo, root, signIn, watchTrouble } from "./browser.mjs";

const demo = readDemo();
const folder = process.env.SCREENS_DIR ?? join(root, "target/screens");
const only = process.env.ONLY?.split(",");
const slug = demo.tenants[0].slug;
mkdirSync(folder, { recursive: true });

const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };
const variants = ["en", "fr"].flatMap((language) => ["light", "dark"].flatMap((scheme) => Object.keys(sizes).map((size) => ({ language, scheme, size }))))
  .filter(({ language, scheme, size }) => !process.env.QUICK || `${language}${scheme}${size}` === "enlightwide" || `${language}${scheme}${size}` === "frdarknarrow");

const empty = { items: [], next_cursor: null };
const problem = (status, code, detail, fields = []) => ({ status, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: code, status, detail, code, fields, request_id: "01JD0EXAMPLE" }) });
const answer = (pattern, response) => (page) => page.route(pattern, (route) => route.fulfill(response));
const json = (body) => ({ status: 200, contentType: "application/json", body: JSON.stringify(body) });
const now = "2026-11-21T00:00:00.000Z";
const secret = { secret: "whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGU=", secret_ascii: "example-example-example" };
/** The person's own answer of /me with fewer rights, as staff have. */
const asStaff = (page) => page.route("**/api/v1/me*", async (route) => {
  const response = await route.fetch();
  const me = await response.json();
  await route.fulfill({ response, json: { ...me, permissions: ["calls.read", "contacts.read", "texts.read", "texts.send", "usage.read", "events.read", "deliveries.read", "endpoints.read"] } });
});
const person = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000000${n}`, since: "2026-03-02T15:00:00.000Z", has_password: true, is_me: false, ...over });
const members = [
  person(1, { name: "Odile Gagné", email: "odile@rivenord.example", role: "owner", is_me: true }),
  person(2, { name: "Marc-Antoine Desrosiers-Tremblay", email: "marc-antoine.desrosiers@rivenord.example", role: "manager" }),
  person(3, { name: null, email: "reception@rivenord.example", role: "staff" }),
  person(4, { name: "Ben Carter", email: "ben@rivenord.example", role: "viewer" }),
];
const invitation = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000010${n}`, created_at: now, sent_at: now, expires_at: "2026-11-28T00:00:00.000Z", is_expired: false, ...over });
const invitations = [invitation(1, { email: "luc@rivenord.example", role: "staff" }), invitation(2, { email: "nadia@rivenord.example", role: "viewer", expires_at: now, is_expired: true })];
const team = (people, open) => async (page) => {
  await answer("**/api/v1/people?*", json({ items: people, next_cursor: null }))(page);
  await answer("**/api/v1/invitations?*", json({ items: open, next_cursor: null }))(page);
};
const memberMenu = (item) => async (page) => {
  await page.locator("[data-member-id]").nth(1).getByRole("button").click();
  await page.getByRole("menuitem").nth(item).click();
};
const sessionOf = (n, over) => ({ id: `0192f0c1-2b3c-7d4e-8f50-00000000020${n}`, created_at: "2026-11-02T15:00:00.000Z", last_seen_at: now, expires_at: "2026-12-20T00:00:00.000Z", is_this: false, ...over });
const sessions = [
  sessionOf(1, { device: "Firefox · Linux", address: "192.0.2.7", is_this: true }),
  sessionOf(2, { device: "Safari · iPhone", address: "2001:db8:4f2a:9c00:1d2e:3f40:5a6b:7c8d" }),
  sessionOf(3, { device: null, address: null, last_seen_at: null }),
];
const invitedAs = (over) => answer("**/auth/invitations/look", json({ company_name: "Chauffage Rive-Nord", email: "nadia@rivenord.example", role: "staff", expires_at: "2026-11-28T00:00:00.000Z", ...over }));
const sendForgotten = async (page) => {
  await page.locator('input[name="email"]').fill("odile@rivenord.example");
  await page.locator('main button[type="submit"]').click();
};
const chooseNew = async (page) => {
  await page.locator('input[name="password"]').fill("plumbers sing at noon");
  await page.locator('main button[type="submit"]').click();
};
const retell = (state) => answer("**/api/organizations/*/retell", json(state));
const n8n = (state) => answer("**/api/organizations/*/n8n", json(state));
const noRetell = { connected: false, agent_id: null, agents: [], api_key_masked: null, hook_url: null, created_at: null };
const someRetell = { connected: true, agent_id: "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e", agents: ["agent_4f2d9a1b7c3e5d6f8a9b0c1d2e"], api_key_masked: "••••6789", hook_url: "https://vestibule.example/hooks/retell/5c1f0e9a7b3d4c2f8e6a1b0d9c8e7f6a", created_at: now };
const noN8n = { connected: false, endpoint: null, instance_url: null, workflow_id: null, webhook_url: null, api_key_masked: null, is_active: false };
const someN8n = { ...noN8n, connected: true, webhook_url: "https://n8n.example.com/webhook/calls", instance_url: "https://n8n.example.com", workflow_id: "q7XcVb2LmN0p", api_key_masked: "••••c41d", is_active: true };
const n8nEndpoint = { id: "0192f0c1-2b3c-7d4e-8f50-616263646566", kind: "n8n", url: someN8n.webhook_url, description: "n8n", event_types: ["call.call-ended"], schedule_seconds: [0], is_active: true, disabled_reason: null, circuit: "closed", secret_last4: "1234", created_at: now, updated_at: now };
const execution = (id, status, over) => ({ id, execution_id: id, workflow_id: "q7XcVb2LmN0p", endpoint: { id: n8nEndpoint.id, description: "n8n", url: n8nEndpoint.url }, delivery_id: "1", status, mode: "webhook", started_at: now, stopped_at: "2026-11-21T00:00:00.120Z", url: `https://n8n.example.com/workflow/q7XcVb2LmN0p/executions/${id}`, ...over });
const executions = answer("**/api/v1/workflow-executions?*", json({ items: [execution("58", "RUNNING", { stopped_at: null }), execution("57", "SUCCESS"), execution("56", "ERROR", { delivery_id: null }), execution("55", "UNKNOWN", { url: null, stopped_at: null })], next_cursor: null }));
/** A connected n8n, and what it answers when it is tested. */
const tested = (watch, found) => async (page) => {
  await retell(someRetell)(page);
  await executions(page);
  await page.route("**/api/organizations/*/n8n", (route) => route.fulfill(json({ ...someN8n, endpoint: n8nEndpoint, watch })));
  await answer("**/api/organizations/*/n8n/test", json({ workflow_name: "Vestibule: receptionist", addresses: [], said: null, ...found }))(page);
};
const pressTest = (page) => page.getByTestId("n8n-test").getByRole("button").first().click();
const hook = (provider) => `https://vestibule.example/hooks/${provider}/UGwxTt3y7iVHujSCBq-nEc4GnorSSOlNdeI23vV7ZuA`;
const connection = (provider, over) => ({ provider, agents: [], numbers: [], fields: {}, secrets: [], key_last4: "", hook_url: hook(provider), created_at: now, updated_at: now, ...over });
const compared = { done_until: now, fault: null, listed: 812, filled: 3, last_filled_at: now };
const connected = [
  connection("retell", { agents: ["agent_4f2d9a1b7c3e5d6f8a9b0c1d2e"], secrets: ["api_key"], key_last4: "6789", reconciliation: compared }),
  connection("vapi", { agents: ["0c4b8f6e-9d13-4a7e-8f5b-2d1c6a9e7b30"], fields: { assistant_id: "0c4b8f6e-9d13-4a7e-8f5b-2d1c6a9e7b30", auth_mode: "hmac" }, secrets: ["webhook_secret", "private_key"], key_last4: "x9Qa", reconciliation: { ...compared, fault: "provider_unauthorized" } }),
  connection("twilio", { numbers: ["+15145550142"], fields: { account_sid: "AC00000000000000000000000000000000", phone_number: "+15145550142" }, secrets: ["auth_token"], key_last4: "41cd", reconciliation: { ...compared, filled: 0, last_filled_at: null } }),
];
const connections = (items) => answer("**/api/v1/connections?*", json({ items }));
const held = [
  ["retell", "signature_mismatch", "It was signed with another key: enter the provider’s current key, and the request is let in.", "Elle a été signée avec une autre clé : inscrivez la clé actuelle du fournisseur, et la requête entrera."],
  ["twilio", "signature_mismatch", "It was signed for the other of http and https: set this server’s public address to the one the provider was given.", "Elle a été signée pour l’autre de http et https : réglez l’adresse publique de ce serveur sur celle donnée au fournisseur."],
  ["vapi", "no_client_for_agent", "Its agent or number is bound to nobody: connect it, and the request is let in.", "Son agent ou son numéro n’est relié à personne : reliez-le, et la requête entrera."],
  ["a_new_one", "a_new_code", "Ask the operator.", "Demandez à l’exploitant."],
].map(([provider, reason, advice_en, advice_fr], index) => ({ id: String(index), provider, reason, hint: null, advice_en, advice_fr, size_bytes: 900 + index * 9100, received_at: now, held_until: "2026-11-24T00:00:00.000Z" }));
const mails = [
  ["owed", 2, "rate_limited", "gerante@rive-nord.example", "Les envois vers n8n.rive-nord.example sont désactivés"],
  ["sent", 1, null, "owner@a-rather-long-name-of-a-company.example", "Deliveries to automations.a-rather-long-name-of-a-company.example:8443 are switched off"],
  ["failed", 6, "unreachable", "owner@north-shore.example", "Deliveries to n8n.example are switched off"],
].map(([state, attempts, last_error, to, subject], index) => ({ id: String(index), kind: "endpoint.off", to, locale: "en", subject, state, attempts, last_error, created_at: now, sent_at: state === "sent" ? now : null }));
const usual = ["calls.read", "contacts.read", "usage.read", "usage.manage", "texts.read", "texts.send", "events.read", "deliveries.read", "deliveries.retry", "inbox.read", "inbox.manage", "mails.read", "endpoints.read", "endpoints.manage", "connections.read", "connections.manage"];
const keyOf = (id, over) => ({ id, name: id, prefix: "vst_k3yEx4mp", scopes: ["calls.read"], status: "good", created_at: now, created_by: { kind: "person", name: "Marie Gagné" }, expires_at: "2027-11-21T00:00:00.000Z", last_used_at: now, rate_per_minute: null, replaced_by: null, revoked_at: null, ...over });
const keyRows = [
  keyOf("n8n", { scopes: usual }),
  keyOf("Tableau de bord de la comptabilité et des ventes du siège", { scopes: usual.filter((scope) => scope.endsWith(".read")), last_used_at: null, expires_at: null, created_by: { kind: "platform", name: null }, rate_per_minute: 30 }),
  keyOf("Backup", { scopes: ["calls.read", "contacts.read", "texts.read", "data.export"], status: "replaced", replaced_by: "n8n", expires_at: "2026-11-22T00:00:00.000Z", created_by: { kind: "key", name: null } }),
];
const keysOver = [keyOf("Old n8n", { status: "expired", expires_at: "2026-11-01T00:00:00.000Z" }), keyOf("Lost laptop", { status: "revoked", revoked_at: now, scopes: ["agents.manage", "a_new.one"] })];
const keys = (items) => answer("**/api/v1/api-keys?*", json({ items, next_cursor: null }));
const keyMade = (page) => page.route("**/api/v1/api-keys?*", (route) => (route.request().method() === "POST"
  ? route.fulfill({ ...json({ ...keyRows[0], key: "vst_k3yEx4mpl3k3yEx4mpl3k3yEx4mpl3k3yEx4mpl3k3yE" }), status: 201 }) : route.fulfill(json({ items: keyRows, next_cursor: null }))));
const openNewKey = (page) => page.locator("main").getByRole("button", { name: /key|clé/i }).first().click();
const fromKeyMenu = (at) => async (page) => {
  await page.locator('[data-key-id="n8n"] button[aria-haspopup]').click();
  await page.getByRole("menuitem").nth(at).click();
};
const audited = [
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
const auditNow = answer("**/api/v1/audit?*", json({ items: audited, next_cursor: "next" }));
const heldNow = answer("**/api/v1/held-requests?*", json({ items: held, next_cursor: "next" }));
const open = (provider) => (page) => page.getByTestId(`provider-${provider}`).locator("button[aria-expanded]").first().click();
const both = (first, second) => async (page) => {
  await first(page);
  await second(page);
};
const kept = { transcripts_days: null, recordings_days: 90, raw_events_days: 90 };
const wouldGo = { transcripts: { count: 312, oldest_at: "2026-03-03T15:00:00.000Z" }, recordings: { count: 1, oldest_at: "2026-03-03T15:00:00.000Z" }, raw_events: { count: 0, oldest_at: null } };
const counts = (over) => ({ calls: 0, transcripts: 0, recordings: 0, events: 0, texts: 0, deliveries: 0, mails: 0, held: 0, contacts: 0, ...over });
const asked = (provider, what, state, count) => ({ provider, what, state, count, last_error: null });
const erasure = (id, over) => ({ id, kind: "caller", reason: "request", by: "person:1", at: now, reapplied_at: null, counts: counts({ calls: 12, transcripts: 11, recordings: 11, events: 36, texts: 4, deliveries: 24, contacts: 1 }), providers: [], ...over });
const erasures = [
  erasure("1", { providers: [asked("retell", "call", "confirmed", 9), asked("retell", "call", "owed", 2), asked("vapi", "call", "refused", 1), asked("twilio", "text", "gone", 4), asked("n8n-retell", "call", "unsupported", 1)] }),
  erasure("2", { kind: "retention", reason: "kept_long_enough", counts: counts({ transcripts: 312, recordings: 290, events: 1204 }) }),
  erasure("3", { reason: "consent_withdrawn", counts: counts({ calls: 1, contacts: 1 }), reapplied_at: now }),
];
const privacyNow = both(answer("**/api/v1/retention?*", json(kept)), answer("**/api/v1/erasures?*", json({ items: erasures, next_cursor: "next" })));
const seen = { phone: "+15145550187", name: "Marie Tremblay", counts: counts({ calls: 12, transcripts: 11, recordings: 11, events: 36, texts: 4, deliveries: 24, mails: 1, held: 1, contacts: 1 }), first_at: "2026-03-03T15:00:00.000Z", last_at: now, providers: ["retell", "twilio"], endpoints: 2 };
const lookUp = async (page) => {
  await page.locator('input[name="phone"]').fill("+1 514 555-0187");
  await page.getByTestId("erase").locator('button[type="submit"]').click();
};
const muted = { muted: true, muted_at: now, why: "other_place", deliveries: 1204, texts: 3, mails: 1, before: 1190, oldest_at: "2026-11-20T08:00:00.000Z" };
const event = (over) => ({ id: String(Math.random()), provider: "retell", event_name: "call_ended", state: "folded", reason: null, received_at: now, revision: 0, attempts: 0, call_id: "1", size_bytes: 5204, kept_until: "2027-02-19T00:00:00.000Z", ...over });
const events = [
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
const textsNow = both(answer("**/api/v1/text-threads?*", json({ items: threads, next_cursor: "next" })), answer("**/api/v1/text-numbers?*", json({ items: [{ number: "+15145550142", provider: "twilio" }, { number: "+18195550100", provider: "twilio" }] })));
const threadNow = (over) => both(answer("**/api/v1/text-threads/*", json(threadOf("t1", over))), answer("**/api/v1/texts?*", json({ items: written, next_cursor: "next" })));
const pressSend = (page) => page.locator('main button[type="submit"]').click();
const came = (body) => (page) => page.route("**/api/v1/lab/retell/*", (route) => (route.request().method() === "POST" ? route.fulfill(json({ ok: false, status: null, error: null, took_ms: 12, answer: null, call: "ab".repeat(16), ...body })) : route.continue()));
const refused = ["signature_missing", "signature_malformed", "signature_stale", "signature_mismatch", "no_client_for_agent", "not_found", "too_large", "unavailable", "a_new_code"]
  .map((reason, index) => ({ door: "hook/retell", reason, minute: now, count: 1 + index * index * 40 }));
const agencies = [["Boréal Réception", 12, 3], ["Téléphonie de l’Estrie et des Cantons inc.", 148, 1], ["North Office", 0, 0]]
  .map(([name, tenants, admins], index) => ({ id: `0192f0c1-2b3c-7d4e-8f50-61626364656${index}`, name, tenants, admins, created_at: now }));
const people = [["Amélie Boréal", "amelie@boreal.example", true], [null, "a-rather-long-name-of-a-person@agency-with-a-long-name.example", false]]
  .map(([name, email, has_password], index) => ({ id: String(index), name, email, has_password }));
const agencyNow = (over) => answer("**/api/admin/agencies/*", json({ ...agencies[0], people, ...over }));
/** The person's own answer of /me while they look in from outside. */
const looking = (page) => page.route("**/api/v1/me*", async (route) => {
  const response = await route.fetch();
  const me = await response.json();
  const { id, company } = demo.tenants[0];
  const tenant = { id, slug, company_name: company, status: "active", timezone: "America/Toronto", locale: "en" };
  const viewing = { id: "1", tenant, role: "manager", reason: "A caller says that nobody called back yesterday", ends_at: new Date(Date.now() + 1_500_000).toISOString() };
  const permissions = ["usage.read", "calls.read", "contacts.read", "texts.read", "events.read", "deliveries.read", "endpoints.read", "connections.read", "inbox.read", "mails.read"];
  await route.fulfill({ response, json: { ...me, viewing, permissions: me.tenant ? permissions : [] } });
});
const noCalls = answer("**/api/v1/calls?*", json(empty));
const openTenant = async (page) => {
  await page.goto(`${demo.url}/admin/tenants?agency=none`);
  await page.locator('main a[href^="/admin/tenants/"]').first().click();
  await page.locator("main dl").first().waitFor();
};
const openTenantOf = async (page) => {
  await page.goto(`${demo.url}/admin/tenants`);
  await page.locator('main a[href^="/admin/tenants/"]').first().click();
  await page.locator("main dl").first().waitFor();
};
const eye = (page) => page.locator("main .mantine-Button-root:has(.tabler-icon-eye)").first().click();
const swap = (page) => page.locator("main .mantine-Button-root:has(.tabler-icon-arrows-exchange)").click();
const handedOver = (page) => page.route("**/api/admin/tenants/*/hand-over", (route) => route.fulfill(json(
  { agency: null, keys_revoked: 2, viewings_ended: 1, members_removed: 1, bindings_ended: 3, endpoints: ["n8n.boreal.example", "automation.example:8443"] })));
const firstLink = (list, item) => async (page) => {
  await page.goto(`${demo.url}${list}`);
  await page.locator(item).first().waitFor();
  await page.locator(item).first().getByRole("link").or(page.locator(item).first()).first().click();
};

const fillSignIn = async (page) => {
  await page.locator('input[name="email"]').fill("someone@example.com");
  await page.locator('input[name="password"]').fill("not the password");
  await page.locator('button[type="submit"]').click();
};
const challenged = answer("**/auth/login", { status: 202, contentType: "application/json", body: JSON.stringify({ challenge: "vsf_example", expires_at: "2026-11-21T00:10:00.000Z" }) });
const pressMain = (page) => page.locator("main button").last().click();
const exported = (state, over) => ({ id: "0192f0c1-2b3c-7d4e-8f50-6162636465aa", state, asked_at: now, finished_at: now, fetched_at: null, expires_at: "2026-11-22T00:00:00.000Z", rows: 18_204, size_bytes: 4_812_331, digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", ...over });
const exportsNow = (...items) => answer("**/api/v1/exports?*", json({ items }));

const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h29v29H0z"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 13h3v3h-3zM18 18h2v2h-2zM22 22h3v3h-3z"/></svg>';
const enrolment = json({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", otpauth_uri: "otpauth://totp/Vestibule", qr_svg: picture });
/** The person's second factor, on or off, and what beginning one is answered. */
const factorIs = (on, begun) => (page) => page.route("**/api/v1/me/second-factor", (route) => route.fulfill(route.request().method() === "POST" ? begun : json({ is_on: on, since: on ? now : null, recovery_codes_left: on ? 3 : 0 })));
const toFactor = (page) => page.getByTestId("second-factor").scrollIntoViewIfNeeded();
const beginFactor = async (page) => {
  await page.getByTestId("second-factor").getByRole("button").first().click();
  await page.locator('[role="dialog"] input[name="password"]').fill("a password");
  await page.locator('[role="dialog"] button[type="submit"]').click();
};

/** Each page: who looks, how to get there, what must be visible. */
const pages = [
  { name: "sign-in", who: null, path: "/sign-in" },
  { name: "sign-in-wrong", who: null, path: "/sign-in", setup: answer("**/auth/login", problem(401, "wrong_credentials", "Wrong e-mail address or password.")), act: fillSignIn, ready: '[role="alert"]' },
  { name: "sign-in-locked", who: null, path: "/sign-in", setup: answer("**/auth/login", { ...problem(429, "locked_out", "Too many tries. Wait before you try again. If this address has an account, a link that unlocks it was mailed there."), headers: { "retry-after": "901" } }), act: fillSignIn, ready: '[role="alert"]' },
  { name: "second-step", who: null, path: "/sign-in", setup: challenged, act: fillSignIn, ready: '[data-testid="second-step"]' },
  { name: "second-step-wrong", who: null, path: "/sign-in", setup: both(challenged, answer("**/auth/second-factor", problem(401, "wrong_code", "This code is not right. Each code works once: wait for the next one."))), act: async (page) => {
    await fillSignIn(page);
    await page.locator('[data-testid="second-step"] input').first().click();
    await page.keyboard.type("123456");
  }, ready: '[role="alert"]' },
  { name: "second-step-recovery", who: null, path: "/sign-in", setup: challenged, act: async (page) => {
    await fillSignIn(page);
    await page.getByTestId("second-step").locator('button[type="button"]').last().click();
  }, ready: 'input[name="code"]' },
  { name: "welcome", who: null, path: "/welcome#example-token" },
  { name: "forgot", who: null, path: "/forgot", ready: 'input[name="email"]' },
  { name: "forgot-sent", who: null, path: "/forgot", setup: answer("**/auth/reset", { status: 202 }), ready: '[role="status"]', act: sendForgotten },
  { name: "forgot-busy", who: null, path: "/forgot", setup: answer("**/auth/reset", problem(503, "unavailable", "Not at this moment. Try again shortly.")), ready: '[role="alert"]', act: sendForgotten },
  { name: "reset", who: null, path: "/reset#vsl_example", ready: 'input[name="password"]' },
  { name: "reset-old-link", who: null, path: "/reset#vsl_example", setup: answer("**/auth/reset/confirm", problem(400, "link_invalid", "This link was used already or is too old. Ask for a new one.")), ready: '[role="alert"]', act: chooseNew },
  { name: "reset-done", who: null, path: "/reset#vsl_example", setup: answer("**/auth/reset/confirm", { status: 204 }), ready: 'a[href="/sign-in"]', act: chooseNew },
  { name: "reset-no-token", who: null, path: "/reset", ready: '[role="alert"]' },
  { name: "confirm-email", who: null, path: "/confirm-email#vsl_example", ready: "main .mantine-Button-root" },
  { name: "confirm-email-done", who: null, path: "/confirm-email#vsl_example", setup: answer("**/auth/email/confirm", { status: 204 }), ready: 'a[href="/sign-in"]', act: (page) => page.locator("main .mantine-Button-root").click() },
  { name: "invited", who: null, path: "/invited#vsi_example", setup: invitedAs({ has_account: false }), ready: 'input[name="password"]' },
  { name: "invited-known", who: null, path: "/invited#vsi_example", setup: both(invitedAs({ has_account: true }), answer("**/api/v1/me", problem(401, "unauthorized", "Sign in first."))), ready: "main .mantine-Button-root" },
  { name: "invited-other", who: "owner", path: "/invited#vsi_example", setup: invitedAs({ has_account: true }), ready: "main .mantine-Button-root" },
  { name: "invited-old", who: null, path: "/invited#vsi_example", setup: answer("**/auth/invitations/look", problem(400, "link_invalid", "This link was used already or is too old. Ask for a new one.")), ready: '[role="alert"]' },
  { name: "welcome-weak", who: null, path: "/welcome#example-token", act: (page) => page.locator('input[name="password"]').fill("password123"), ready: '[data-testid="password-strength"]:not(:empty)' },
  { name: "welcome-good", who: null, path: "/welcome#example-token", act: (page) => page.locator('input[name="password"]').fill("quartz heron paddle"), ready: '[data-testid="password-strength"] svg' },
  { name: "welcome-refused", who: null, path: "/welcome#example-token", setup: answer("**/auth/links/redeem", problem(422, "password_weak", "Some fields need another look.", [{ field: "password", code: "password_weak", message: "Names are easy to guess." }])), act: async (page) => {
    await page.locator('input[name="password"]').fill("gagne-plomberie-nord");
    await page.locator('button[type="submit"]').click();
  }, ready: ".mantine-PasswordInput-error" },
  { name: "unlock", who: null, path: "/unlock#example-token" },
  { name: "unlock-done", who: null, path: "/unlock#example-token", setup: answer("**/auth/unlock", { status: 204 }), act: pressMain, ready: 'main a[href="/sign-in"]' },
  { name: "unlock-gone", who: null, path: "/unlock#example-token", act: pressMain, ready: '[role="alert"]' },
  { name: "calls", who: "owner", path: "/calls", ready: "[data-call-id]" },
  { name: "calls-empty", who: "owner", path: "/calls", setup: answer("**/api/v1/calls?*", json(empty)), ready: "ol" },
  { name: "calls-no-match", who: "owner", path: "/calls?outcome=SPAM&phone=999", setup: answer("**/api/v1/calls?*", json(empty)) },
  { name: "calls-error", who: "owner", path: "/calls", setup: answer("**/api/v1/calls?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "calls-forbidden", who: "owner", path: "/calls", setup: answer("**/api/v1/calls?*", problem(403, "forbidden", "You may not see the calls of this business.")) },
  { name: "calls-loading", who: "owner", path: "/calls", setup: (page) => page.route("**/api/v1/calls?*", () => {}), ready: '[aria-busy="true"]' },
  { name: "call", who: "owner", go: firstLink("/calls?outcome=BOOKED", "[data-call-id]"), ready: '[data-testid="transcript"]' },
  { name: "overview", who: "owner", path: "/overview", ready: '[data-testid="saved"]' },
  { name: "overview-worth", who: "owner", path: "/overview", ready: '[role="dialog"] input[name="hourly_value"]', act: (page) => page.getByTestId("saved").getByRole("button").click() },
  { name: "overview-wrong", who: "owner", path: "/overview", ready: '[role="dialog"] .mantine-NumberInput-error', setup: (page) => page.route("**/api/v1/usage/settings*", (route) => route.fulfill(
    { status: 422, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: "invalid", status: 422, detail: "x", code: "invalid", request_id: "1", fields: [{ field: "hourly_value_micros", code: "out_of_range", message: "Give a value between 0 and 10,000 an hour." }] }) })), act: async (page) => {
    await page.getByTestId("saved").getByRole("button").click();
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "overview-empty", who: "owner", path: "/overview?period=2020-02", ready: "main .mantine-ThemeIcon-root" },
  { name: "overview-error", who: "owner", path: "/overview", setup: answer("**/api/v1/usage?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "overview-forbidden", who: "owner", path: "/overview", setup: answer("**/api/v1/usage?*", problem(403, "forbidden", "You may not see the figures of this business.")) },
  { name: "overview-loading", who: "owner", path: "/overview", setup: (page) => page.route("**/api/v1/usage?*", () => {}), ready: '[aria-busy="true"]' },
  { name: "contacts", who: "owner", path: "/contacts", ready: "main ul li, main tbody tr" },
  { name: "contacts-empty", who: "owner", path: "/contacts", setup: answer("**/api/v1/contacts?*", json(empty)) },
  { name: "texts", who: "owner", path: "/texts", setup: textsNow, ready: "[data-thread-id]" },
  { name: "texts-empty", who: "owner", path: "/texts", setup: answer("**/api/v1/text-threads?*", json(empty)) },
  { name: "texts-no-match", who: "owner", path: "/texts?phone=999", setup: answer("**/api/v1/text-threads?*", json(empty)) },
  { name: "texts-error", who: "owner", path: "/texts", setup: answer("**/api/v1/text-threads?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "texts-forbidden", who: "owner", path: "/texts", setup: answer("**/api/v1/text-threads?*", problem(403, "forbidden", "You may not see the texts of this business.")) },
  { name: "texts-loading", who: "owner", path: "/texts", setup: (page) => page.route("**/api/v1/text-threads?*", () => {}), ready: '[aria-busy="true"]' },
  { name: "text-test", who: "owner", path: "/texts?compose=test", setup: textsNow, ready: '[role="dialog"] textarea' },
  { name: "text-new-no-number", who: "owner", path: "/texts?compose=new", setup: both(textsNow, answer("**/api/v1/text-numbers?*", json({ items: [] }))), ready: '[role="dialog"] .mantine-Alert-root' },
  { name: "text-new-bad", who: "owner", path: "/texts?compose=new", ready: '[role="dialog"] .mantine-TextInput-error', setup: both(textsNow, (page) => page.route("**/api/v1/texts?*", (route) => route.fulfill(
    problem(422, "invalid", "Some fields need another look.", [{ field: "to", code: "bad_number", message: "Give a telephone number." }])))), act: async (page) => {
    await page.locator('[role="dialog"] input[type="tel"]').fill("anonymous");
    await page.locator('[role="dialog"] textarea').last().fill("Bonjour !");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "thread", who: "owner", path: "/texts/t1", setup: threadNow({}), ready: "[data-text-id]" },
  { name: "thread-opted-out", who: "owner", path: "/texts/t1", setup: threadNow({ opted_out_at: now }), ready: '[data-testid="opted-out"]' },
  { name: "thread-refused", who: "owner", path: "/texts/t1", ready: '[data-testid="composer"] [role="alert"]', setup: both(threadNow({}), (page) => page.route("**/api/v1/texts?*", (route) =>
    route.request().method() === "POST" ? route.fulfill(problem(429, "too_many_texts", "This person was sent five texts within ten minutes: wait a little.")) : route.fallback())), act: async (page) => {
    await page.locator('[data-testid="composer"] textarea').first().fill("Ça va être un peu plus long que prévu, désolé : on arrive à dix heures. Merci de votre patience !".repeat(2));
    await page.locator('[data-testid="composer"] button[type="submit"]').click();
  } },
  { name: "thread-missing", who: "owner", path: "/texts/nothing" },
  { name: "deliveries", who: "owner", path: "/deliveries", ready: "[data-delivery-id]" },
  { name: "deliveries-empty", who: "owner", path: "/deliveries", setup: answer("**/api/v1/deliveries?*", json(empty)) },
  { name: "delivery", who: "owner", go: firstLink("/deliveries", "[data-delivery-id]"), ready: '[data-testid="delivery-state"]' },
  { name: "endpoints", who: "owner", path: "/endpoints", ready: "[data-endpoint-id]" },
  { name: "endpoints-empty", who: "owner", path: "/endpoints", setup: answer("**/api/v1/endpoints?*", json(empty)) },
  { name: "endpoint-new", who: "owner", path: "/endpoints", ready: '[role="dialog"]', act: (page) => page.locator("main header button, main .mantine-Button-root").first().click() },
  { name: "endpoint-secret", who: "owner", path: "/endpoints", ready: "[role='dialog'] code", setup: (page) => page.route("**/api/v1/endpoints?*", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({ ...json({ ...secret, id: "1", kind: "n8n", url: "https://n8n.example.com/x", description: "", event_types: [], schedule_seconds: [], is_active: true, circuit: "closed", secret_last4: "1234", created_at: now, updated_at: now }), status: 201 })
      : route.continue()), act: async (page) => {
    await page.locator("main .mantine-Button-root").first().click();
    await page.locator('[role="dialog"] input[type="url"]').fill("https://n8n.example.com/webhook/calls");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "endpoint-edit", who: "owner", path: "/endpoints", ready: '[role="dialog"] input[name="max_in_flight"]', act: async (page) => {
    await page.locator("[data-endpoint-id] button[aria-haspopup='menu']").first().click();
    await page.getByRole("menuitem").nth(1).click();
  } },
  { name: "endpoint-replay", who: "owner", path: "/endpoints", ready: '[role="dialog"] input[name="since"]', act: async (page) => {
    await page.locator("[data-endpoint-id] button[aria-haspopup='menu']").first().click();
    await page.getByRole("menuitem").nth(2).click();
    await page.locator('[role="dialog"] label').filter({ hasText: /Other|Autre/ }).click();
  } },
  { name: "endpoints-off", who: "owner", path: "/endpoints", ready: "[data-endpoint-id]", setup: both(answer("**/api/v1/endpoints?*", json({ items: ["by_hand", "gone", "failing", null].map((reason, index) => ({
    id: String(index), kind: "n8n", url: "https://n8n.example.com/webhook/calls", description: reason ?? "Parked", event_types: ["call.call-ended"], schedule_seconds: [0], is_active: reason === null,
    disabled_reason: reason, circuit: "open", failing_since: now, max_in_flight: 2, rate_per_second: 7.5, header_name: "x-n8n-webhook-secret", secret_last4: "1234", created_at: now, updated_at: now })), next_cursor: null })),
  answer("**/api/v1/endpoints/*/redeliveries*", json({ items: [{ id: "1", endpoint_id: "1", kind: "dead", state: "running", since: null, until: now, event_types: [], owed_count: 1200, created_at: now, finished_at: null }], next_cursor: null }))) },
  { name: "endpoint-delete", who: "owner", path: "/endpoints", ready: '[role="dialog"] .mantine-Button-root', act: async (page) => {
    await page.locator("[data-endpoint-id] button[aria-haspopup='menu']").first().click();
    await page.getByRole("menuitem").last().click();
  } },
  { name: "inbox", who: "owner", path: "/inbox", setup: answer("**/api/v1/inbox?*", json({ items: events, next_cursor: "next" })), ready: "[data-event-id]" },
  { name: "inbox-empty", who: "owner", path: "/inbox", setup: answer("**/api/v1/inbox?*", json(empty)) },
  { name: "inbox-no-match", who: "owner", path: "/inbox?state=failed", setup: answer("**/api/v1/inbox?*", json(empty)) },
  { name: "inbox-forbidden", who: "owner", path: "/inbox", setup: both(asStaff, answer("**/api/v1/inbox?*", problem(403, "forbidden", "You may not see what was received."))) },
  { name: "export", who: "owner", path: "/privacy", setup: exportsNow(exported("ready"), exported("expired", { id: "2", fetched_at: now }), exported("failed", { id: "3" })), ready: '[data-testid="export"] a[download]' },
  { name: "export-again", who: "owner", path: "/privacy", setup: exportsNow(exported("ready", { fetched_at: now, rows: 1, size_bytes: 812 })), ready: '[data-testid="export"] a[download]' },
  { name: "export-running", who: "owner", path: "/privacy", setup: exportsNow(exported("running", { finished_at: null, expires_at: null, rows: 0, size_bytes: 0 })), ready: '[data-testid="export"] [role="status"]' },
  { name: "export-empty", who: "owner", path: "/privacy", setup: exportsNow(), ready: '[data-testid="export"] button' },
  { name: "export-error", who: "owner", path: "/privacy", setup: answer("**/api/v1/exports?*", problem(500, "internal", "The server could not answer.")), ready: '[data-testid="export"] [role="alert"]' },
  { name: "export-loading", who: "owner", path: "/privacy", setup: (page) => page.route("**/api/v1/exports?*", () => {}), ready: '[data-testid="export"] [aria-busy="true"]' },
  { name: "export-refused", who: "owner", path: "/privacy", ready: '[data-testid="export"] [role="alert"]', setup: (page) => page.route("**/api/v1/exports?*", (route) =>
    route.fulfill(route.request().method() === "POST" ? problem(503, "unavailable", "The server is busy: try again in a moment.") : json({ items: [] }))), act: (page) => page.locator('[data-testid="export"] button').click() },
  { name: "connect", who: "owner", path: "/connect", setup: both(retell(someRetell), n8n(someN8n)), ready: '[data-testid="retell"]' },
  { name: "connect-tested", who: "owner", path: "/connect", setup: tested({ checked_at: now, last_error: null, message: null, error_since: null }, { ok: true, code: "ready", message: "All is well: the workflow is active and listens at this address." }), act: pressTest, ready: '[data-code="ready"]' },
  { name: "connect-broken", who: "owner", path: "/connect", setup: tested({ checked_at: now, last_error: "key_refused", message: "n8n refuses the API key. Make a new one in n8n under Settings, n8n API, and paste it here.", error_since: now }, {
    ok: false, code: "wrong_path", message: "No Webhook node of the workflow listens at this address. Copy the Production URL of its Webhook node.", addresses: ["https://n8n.example.com/webhook/receptionist"], said: "The workflow has issues",
  }), act: pressTest, ready: '[data-code="wrong_path"]' },
  { name: "connect-none", who: "owner", path: "/connect", setup: both(retell(noRetell), n8n(noN8n)), ready: '[data-testid="retell"]' },
  { name: "connect-forbidden", who: "owner", path: "/connect", setup: both(asStaff, answer("**/api/organizations/*/*", problem(403, "forbidden", "You may not see the connections."))) },
  { name: "connect-taken", who: "owner", path: "/connect", ready: ".mantine-TextInput-error", setup: both(n8n(noN8n), (page) => page.route("**/api/organizations/*/retell", (route) => route.fulfill(
    route.request().method() === "POST" ? problem(409, "agent_taken", "This Retell agent is already connected to another account") : json(noRetell)))), act: async (page) => {
    const card = page.getByTestId("retell");
    await card.locator('input[name="agent_id"]').fill("agent_of_someone_else");
    await card.locator('input[name="api_key"]').fill("key_example");
    await card.locator('button[type="submit"]').click();
  } },
  { name: "connect-secret", who: "owner", path: "/connect", ready: "[role='dialog'] code", setup: both(retell(someRetell), (page) => page.route("**/api/organizations/*/n8n", (route) => route.fulfill(
    json(route.request().method() === "POST" ? { ...someN8n, ...secret } : noN8n)))), act: async (page) => {
    const card = page.getByTestId("n8n");
    await card.locator('input[name="webhook_url"]').fill("https://n8n.example.com/webhook/calls");
    await card.locator('button[type="submit"]').click();
  } },
  { name: "connect-disconnect", who: "owner", path: "/connect", setup: both(retell(someRetell), n8n(someN8n)), ready: '[role="dialog"] .mantine-Button-root', act: (page) =>
    page.getByTestId("retell").locator('button:not([type="submit"]).mantine-Button-root').click() },
  { name: "connect-providers", who: "owner", path: "/connect", ready: '[data-testid="provider-vapi"] input[name="webhook_secret"]', setup: both(both(textsNow, both(retell(someRetell), n8n(someN8n))), both(connections(connected), heldNow)), act: async (page) => {
    await open("vapi")(page);
    await page.getByTestId("provider-twilio").scrollIntoViewIfNeeded();
  } },
  { name: "connect-provider-form", who: "owner", path: "/connect", ready: '[data-testid="provider-twilio"] .mantine-TextInput-error', setup: both(both(retell(noRetell), n8n(noN8n)), connections([])), act: async (page) => {
    await open("twilio")(page);
    await page.getByTestId("provider-twilio").locator('button[type="submit"]').click();
  } },
  { name: "connect-provider-secret", who: "owner", path: "/connect", ready: "[role='dialog'] code", setup: both(both(retell(someRetell), n8n(someN8n)), both(connections([]), (page) => page.route("**/api/v1/connections/n8n-retell*", (route) =>
    route.fulfill(json(connection("n8n-retell", { agents: ["agent_1"], fields: { agent_id: "agent_1" }, secrets: ["forward_secret"], key_last4: "mple", let_in: 2, made: { forward_secret: "example-example-example" } })))))), act: async (page) => {
    await open("n8n-retell")(page);
    const card = page.getByTestId("provider-n8n-retell");
    await card.locator('input[name="agent_id"]').fill("agent_1");
    await card.locator('button[type="submit"]').click();
  } },
  { name: "connect-providers-error", who: "owner", path: "/connect", ready: '[role="alert"]', setup: both(both(retell(someRetell), n8n(someN8n)), answer("**/api/v1/providers?*", problem(500, "internal", "The server could not answer."))) },
  { name: "inbox-kept", who: "owner", path: "/inbox", setup: answer("**/api/v1/inbox?*", json({ items: events, next_cursor: null })), ready: '[role="dialog"] input[name="days"]', act: (page) => page.getByTestId("kept").getByRole("button").click() },
  { name: "inbox-send", who: "owner", path: "/inbox", setup: answer("**/api/v1/inbox?*", json({ items: events, next_cursor: null })), ready: '[role="dialog"] input[type="url"]', act: async (page) => {
    await page.locator("[data-event-id] button[aria-haspopup='menu']").first().click();
    await page.getByRole("menuitem").last().click();
  } },
  { name: "lab", who: "owner", path: "/lab?sample=call_ended", setup: answer("**/api/v1/inbox?*", json({ items: events, next_cursor: null })), ready: '[data-testid="sample"]' },
  { name: "lab-let-in", who: "owner", path: "/lab?sample=call_inbound", setup: came({ ok: true, status: 200, answer: '{"call_inbound":{"dynamic_variables":{"business_name":"North Shore Heating"}}}' }), ready: '[data-ok="true"]', act: pressSend },
  { name: "lab-refused", who: "owner", path: "/lab", setup: came({ error: "dns_failed" }), ready: '[data-ok="false"]', act: async (page) => {
    await page.locator("main label").filter({ hasText: /Another address|Une autre adresse/ }).click();
    await page.locator('main input[type="url"]').fill("https://nowhere.example/hook");
    await pressSend(page);
  } },
  { name: "lab-none", who: "owner", path: "/lab", setup: answer("**/api/v1/lab?*", json({ items: [] })), ready: "main h2" },
  { name: "lab-error", who: "owner", path: "/lab", setup: answer("**/api/v1/lab?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "lab-forbidden", who: "owner", path: "/lab", setup: both(asStaff, answer("**/api/v1/lab?*", problem(403, "forbidden", "You may not see the connections."))) },
  { name: "mails", who: "owner", path: "/mails", setup: answer("**/api/v1/mails?*", json({ items: mails, next_cursor: "next" })), ready: "[data-mail-id]" },
  { name: "mails-empty", who: "owner", path: "/mails", setup: answer("**/api/v1/mails?*", json(empty)) },
  { name: "mails-forbidden", who: "owner", path: "/mails", setup: both(asStaff, answer("**/api/v1/mails?*", problem(403, "forbidden", "You may not see this."))) },
  { name: "mails-error", who: "owner", path: "/mails", setup: answer("**/api/v1/mails?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "keys", who: "owner", path: "/keys", setup: keys([...keyRows, ...keysOver]), ready: "[data-key-id]" },
  { name: "keys-over", who: "owner", path: "/keys", setup: keys([...keyRows.slice(0, 1), ...keysOver]), ready: '[data-key-id="Lost laptop"]', act: (page) => page.locator("main button[aria-expanded]").last().click() },
  { name: "keys-empty", who: "owner", path: "/keys", setup: keys([]) },
  { name: "keys-forbidden", who: "owner", path: "/keys", setup: both(asStaff, answer("**/api/v1/api-keys?*", problem(403, "forbidden", "You may not see this."))) },
  { name: "keys-error", who: "owner", path: "/keys", setup: answer("**/api/v1/api-keys?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "keys-too-many", who: "owner", path: "/keys", setup: both(keys(keyRows), answer("**/api/v1/api-keys/*/rotate?*", { ...problem(429, "too_many_requests", "Too many requests in a short time. Wait a moment and try again."), headers: { "retry-after": "12" } })), ready: ".mantine-Notification-root", act: async (page) => {
    await fromKeyMenu(0)(page);
    await page.locator('[role="dialog"] button').last().click();
  } },
  { name: "keys-loading", who: "owner", path: "/keys", setup: (page) => page.route("**/api/v1/api-keys?*", () => {}), ready: '[aria-busy="true"]' },
  { name: "keys-new", who: "owner", path: "/keys", setup: keys(keyRows), ready: '[role="dialog"] input[name="name"]', act: openNewKey },
  { name: "keys-choose", who: "owner", path: "/keys", setup: keys(keyRows), ready: '[role="dialog"] fieldset', act: async (page) => {
    await openNewKey(page);
    await page.locator('[role="dialog"] input[type="radio"][value="chosen"]').check();
  } },
  { name: "keys-made", who: "owner", path: "/keys", setup: keyMade, ready: '[role="dialog"] code', act: async (page) => {
    await openNewKey(page);
    await page.locator('[role="dialog"] input[name="name"]').fill("n8n");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "keys-rotate", who: "owner", path: "/keys", setup: keys(keyRows), ready: '[role="dialog"] input[type="radio"]', act: fromKeyMenu(0) },
  { name: "keys-revoke", who: "owner", path: "/keys", setup: keys(keyRows), ready: '[role="dialog"]', act: fromKeyMenu(1) },
  { name: "people", who: "owner", path: "/people", setup: team(members, invitations), ready: "[data-invitation-id]" },
  { name: "people-alone", who: "owner", path: "/people", setup: team(members.slice(0, 1), []), ready: "[data-member-id]" },
  { name: "people-invite", who: "owner", path: "/people", setup: team(members, invitations), ready: '[role="dialog"] input[type="email"]', act: (page) => page.locator("main .mantine-Button-root").first().click() },
  { name: "people-role", who: "owner", path: "/people", setup: team(members, invitations), ready: '[role="dialog"] input[type="radio"]', act: memberMenu(0) },
  { name: "people-remove", who: "owner", path: "/people", setup: team(members, invitations), ready: '[role="dialog"] .mantine-Button-root', act: memberMenu(1) },
  { name: "people-forbidden", who: "owner", path: "/people", setup: both(asStaff, answer("**/api/v1/people?*", problem(403, "forbidden", "You do not have the right to do this."))) },
  { name: "people-error", who: "owner", path: "/people", setup: answer("**/api/v1/people?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "account", who: "owner", path: "/account", setup: answer("**/api/v1/me/sessions", json({ items: sessions, next_cursor: null })), ready: "[data-session-id]" },
  { name: "account-sessions", who: "owner", path: "/account", setup: answer("**/api/v1/me/sessions", json({ items: sessions, next_cursor: null })), ready: "[data-session-id]", act: (page) => page.locator("[data-session-id]").last().scrollIntoViewIfNeeded() },
  { name: "account-email", who: "owner", path: "/account", ready: 'input[name="new-email"]', act: (page) => page.locator("main section").nth(1).locator(".mantine-Button-root").click() },
  { name: "account-password", who: "owner", path: "/account", ready: 'input[name="current"]', act: (page) => page.locator("main section").nth(2).locator(".mantine-Button-root").click() },
  { name: "account-factor", who: "owner", path: "/account", ready: '[data-testid="second-factor"]', act: toFactor },
  { name: "account-factor-on", who: "owner", path: "/account", setup: factorIs(true), ready: '[data-testid="second-factor"] .mantine-Alert-root', act: toFactor },
  { name: "account-factor-wrong", who: "owner", path: "/account", setup: factorIs(false, problem(422, "wrong_password", "Some fields need another look.", [{ field: "password", code: "wrong_password", message: "This is not your password." }])), ready: '[role="dialog"] .mantine-PasswordInput-error', act: beginFactor },
  { name: "account-factor-picture", who: "owner", path: "/account", setup: factorIs(false, enrolment), ready: '[role="dialog"] img', act: beginFactor },
  { name: "account-factor-codes", who: "owner", path: "/account", setup: both(factorIs(false, enrolment), answer("**/api/v1/me/second-factor/confirm", json({ recovery_codes: Array.from({ length: 10 }, (_, index) => `K7M2${index}-QX9T${index}`) }))), ready: '[data-testid="recovery-codes"]', act: async (page) => {
    await beginFactor(page);
    await page.locator('[role="dialog"] input[name="code"]').fill("123456");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "account-factor-off", who: "owner", path: "/account", setup: factorIs(true), ready: '[role="dialog"] input[name="code"]', act: (page) => page.getByTestId("second-factor").getByRole("button").last().click() },
  { name: "account-error", who: "owner", path: "/account", setup: answer("**/api/v1/me/sessions", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]', act: (page) => page.locator('[role="alert"]').last().scrollIntoViewIfNeeded() },
  { name: "find-person", who: "operator", path: "/admin/people?email=odile@example.com", setup: both(
    answer("**/api/admin/people?*", json({ items: [{ user: { id: members[1].id, email: members[1].email, name: members[1].name, locale: "fr" }, platform_role: null, memberships: [{ tenant: { id: "t", slug: "rive-nord", company_name: "Chauffage Rive-Nord", status: "active", timezone: "America/Toronto", locale: "fr" }, role: "manager" }] }], next_cursor: null })),
    answer("**/api/admin/people/*/sessions", json({ items: sessions.map((one) => ({ ...one, is_this: false })), next_cursor: null }))), ready: "[data-session-id]" },
  { name: "account-operator", who: "operator", path: "/account", ready: "[data-session-id]" },
  { name: "find-person-begin", who: "operator", path: "/admin/people", ready: "main h2" },
  { name: "find-person-nobody", who: "operator", path: "/admin/people?email=nobody@example.com", setup: answer("**/api/admin/people?*", json(empty)), ready: "main h2" },
  { name: "held", who: "owner", path: "/held", setup: heldNow, ready: "[data-held-id]" },
  { name: "held-empty", who: "owner", path: "/held", setup: answer("**/api/v1/held-requests?*", json(empty)) },
  { name: "held-forbidden", who: "owner", path: "/held", setup: both(asStaff, answer("**/api/v1/held-requests?*", problem(403, "forbidden", "You may not see the connections."))) },
  { name: "held-error", who: "owner", path: "/held", setup: answer("**/api/v1/held-requests?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "calls-as-staff", who: "owner", path: "/calls", setup: asStaff, ready: "[data-call-id]" },
  { name: "nav-more", who: "operator", path: `/calls?tenant=${slug}`, only: "narrow", ready: '[role="menu"]', act: (page) => page.locator('footer button[aria-haspopup="menu"]').click() },
  { name: "calls-filters", who: "owner", path: "/calls?outcome=BOOKED", ready: ".mantine-DatePickerInput-day", act: async (page) => {
    const more = page.locator("main [aria-expanded]:not(input)").filter({ visible: true }).first();
    if (page.viewportSize().width < 900) await more.click();
    await page.locator(".mantine-DatePickerInput-input").filter({ visible: true }).click();
  } },
  { name: "person-menu", who: "owner", path: "/calls", ready: '[role="menu"]', act: async (page) => {
    await page.locator("[data-call-id]").first().waitFor();
    await page.locator('header button[aria-haspopup="menu"], nav.mantine-AppShell-navbar button[aria-haspopup="menu"]').filter({ visible: true }).last().click();
  } },
  { name: "privacy", who: "owner", path: "/privacy", setup: privacyNow, ready: "[data-erasure-id]" },
  { name: "privacy-empty", who: "owner", path: "/privacy", setup: both(privacyNow, answer("**/api/v1/erasures?*", json(empty))) },
  { name: "privacy-dry-run", who: "owner", path: "/privacy", ready: '[data-testid="dry-run"] li', setup: both(privacyNow, answer("**/api/v1/retention/dry-run*", json(wouldGo))), act: async (page) => {
    await page.locator('input[name="transcripts_days"]').or(page.getByTestId("retention").locator("input.mantine-Select-input")).first().click();
    await page.getByRole("option").nth(2).click();
  } },
  { name: "privacy-found", who: "owner", path: "/privacy", ready: '[data-testid="found"]', setup: both(privacyNow, answer("**/api/v1/erasures/preview*", json(seen))), act: async (page) => {
    await lookUp(page);
    await page.getByTestId("found").scrollIntoViewIfNeeded();
  } },
  { name: "privacy-nothing", who: "owner", path: "/privacy", ready: '[data-testid="nothing-found"]', setup: both(privacyNow, answer("**/api/v1/erasures/preview*", json({ ...seen, name: null, counts: counts({}), first_at: null, last_at: null, providers: [], endpoints: 0 }))), act: lookUp },
  { name: "privacy-confirm", who: "owner", path: "/privacy", ready: '[role="dialog"] .mantine-TextInput-error', setup: both(both(privacyNow, answer("**/api/v1/erasures/preview*", json(seen))), (page) => page.route("**/api/v1/erasures?*", (route) =>
    route.request().method() === "POST" ? route.fulfill(problem(422, "invalid", "Some fields need another look.", [{ field: "confirm", code: "not_confirmed", message: "Type the number that is to be erased." }])) : route.fallback())), act: async (page) => {
    await lookUp(page);
    await page.getByTestId("found").getByRole("button").click();
    await page.locator('[role="dialog"] input[name="confirm"]').fill("514");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "privacy-erased", who: "owner", path: "/privacy", ready: '[data-testid="erased"]', setup: both(both(privacyNow, answer("**/api/v1/erasures/preview*", json(seen))), (page) => page.route("**/api/v1/erasures?*", (route) =>
    route.request().method() === "POST" ? route.fulfill(json(erasures[0])) : route.fallback())), act: async (page) => {
    await lookUp(page);
    await page.getByTestId("found").getByRole("button").click();
    await page.locator('[role="dialog"] input[name="confirm"]').fill("+15145550187");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "privacy-error", who: "owner", path: "/privacy", ready: '[role="alert"]', setup: both(privacyNow, answer("**/api/v1/retention?*", problem(500, "internal", "The server could not answer."))) },
  { name: "privacy-loading", who: "owner", path: "/privacy", ready: '[aria-busy="true"]', setup: (page) => page.route("**/api/v1/retention?*", () => {}) },
  { name: "privacy-forbidden", who: "owner", path: "/privacy", setup: both(asStaff, both(answer("**/api/v1/retention?*", problem(403, "forbidden", "You may not see how long things are kept.")), answer("**/api/v1/erasures?*", problem(403, "forbidden", "You may not see what was erased.")))) },
  { name: "muted", who: "operator", path: "/admin/tenants", ready: '[data-testid="muted"]', setup: answer("**/api/admin/instance", json(muted)) },
  { name: "muted-decide", who: "operator", path: "/admin/tenants", ready: '[role="dialog"] input[type="radio"]', setup: answer("**/api/admin/instance", json(muted)), act: (page) => page.getByTestId("muted").getByRole("button").click() },
  { name: "missing", who: "owner", path: "/nowhere" },
  { name: "tenants", who: "operator", path: "/admin/tenants", ready: "main tbody tr, main ul li" },
  { name: "tenant", who: "operator", go: async (page) => {
    await page.goto(`${demo.url}/admin/tenants`);
    await page.locator('main a[href^="/admin/tenants/"]').first().click();
  }, ready: "dl" },
  { name: "tenant-new", who: "operator", path: "/admin/tenants", ready: '[role="dialog"]', act: (page) => page.locator("main .mantine-Button-root").first().click() },
  { name: "tenant-made", who: "operator", path: "/admin/tenants", ready: "[role='dialog'] code", setup: (page) => page.route("**/api/admin/tenants", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const tenant = { id: "1", slug: "plomberie-gagne", company_name: "Plomberie Gagné", status: "trial" };
    return route.fulfill({ ...json({ tenant, owner_link: "https://vestibule.example/welcome#7f1c0b2e9a4d4f0c8e5b" }), status: 201 });
  }), act: async (page) => {
    await page.locator("main .mantine-Button-root").first().click();
    const fields = page.locator('[role="dialog"] input:not([type="radio"])');
    await fields.first().fill("Plomberie Gagné");
    await page.locator('[role="dialog"] input[type="email"]').fill("luc@example.com");
    await page.locator('[role="dialog"] button[type="submit"]').click();
  } },
  { name: "audit", who: "owner", path: "/audit", setup: auditNow, ready: "[data-audit-id]" },
  { name: "audit-real", who: "owner", path: "/audit", ready: "[data-audit-id]" },
  { name: "audit-filtered", who: "owner", path: "/audit?actor=person:u1&action=call.transcript_read", setup: auditNow, ready: "[data-audit-id]" },
  { name: "audit-no-match", who: "owner", path: "/audit?action=tenant.deleted", setup: answer("**/api/v1/audit?*", json(empty)) },
  { name: "audit-empty", who: "owner", path: "/audit", setup: answer("**/api/v1/audit?*", json(empty)) },
  { name: "audit-error", who: "owner", path: "/audit", setup: answer("**/api/v1/audit?*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "audit-forbidden", who: "owner", path: "/audit", setup: both(asStaff, answer("**/api/v1/audit?*", problem(403, "forbidden", "You may not see who did what."))) },
  { name: "audit-loading", who: "owner", path: "/audit", setup: (page) => page.route("**/api/v1/audit?*", () => {}), ready: '[aria-busy="true"]' },
  { name: "audit-platform", who: "operator", path: "/admin/audit", setup: answer("**/api/admin/audit*", json({ items: [["person", "keys.rotated", { data_keys: 214, key: "1f0e9a7b" }], ["person", "agency.created", {}], ["system", "audit.chain_begun", { rows: 12 }]].map(([kind, action, details], index) => ({ ...audited[0], id: String(index), actor: { kind, id: "command line", name: kind === "person" ? "operator@vestibule.example" : null }, action, object: { kind: "tenant", id: "1" }, details })), next_cursor: null })), ready: "[data-audit-id]" },
  { name: "audit-platform-empty", who: "operator", path: "/admin/audit", setup: answer("**/api/admin/audit*", json(empty)) },
  { name: "call-looks", who: "owner", go: firstLink("/calls?outcome=BOOKED", "[data-call-id]"), setup: answer("**/api/v1/calls/*/looks?*", json({ items: audited.slice(0, 3).map(({ at, actor }, index) => ({ at, actor, what: index === 1 ? "recording" : "transcript" })), next_cursor: null })), ready: '[data-testid="who-looked"]', act: (page) => page.getByTestId("who-looked").scrollIntoViewIfNeeded() },
  { name: "refusals", who: "operator", path: "/admin/refusals", setup: answer("**/api/admin/refusals*", json({ items: refused, next_cursor: null })), ready: "[data-refusal]" },
  { name: "refusals-empty", who: "operator", path: "/admin/refusals", setup: answer("**/api/admin/refusals*", json(empty)) },
  { name: "outside", who: "operator", path: `/calls?tenant=${slug}`, ready: '[data-testid="outside"]' },
  { name: "outside-set-up", who: "agency", go: async (page) => {
    await openTenantOf(page);
    await page.locator("main a.mantine-Button-root").first().click();
  }, ready: '[data-testid="outside"]' },
  { name: "looking", who: "operator", path: `/calls?tenant=${slug}`, setup: both(looking, noCalls), ready: '[data-testid="viewing"]' },
  { name: "looking-elsewhere", who: "operator", path: "/admin/agencies", setup: looking, ready: '[data-testid="viewing"]' },
  { name: "look", who: "operator", go: openTenant, act: eye, ready: '[role="dialog"] textarea' },
  { name: "look-wrong", who: "operator", go: openTenant, act: async (page) => {
    await eye(page);
    await page.locator('[role="dialog"] button[type="submit"]').click();
  }, ready: '[role="dialog"] [aria-invalid="true"]' },
  { name: "agencies", who: "operator", path: "/admin/agencies", setup: answer("**/api/admin/agencies*", json({ items: agencies, next_cursor: "next" })), ready: "[data-agency]" },
  { name: "agencies-empty", who: "operator", path: "/admin/agencies", setup: answer("**/api/admin/agencies*", json(empty)) },
  { name: "agencies-error", who: "operator", path: "/admin/agencies", setup: answer("**/api/admin/agencies*", problem(500, "internal", "The server could not answer.")), ready: '[role="alert"]' },
  { name: "agencies-forbidden", who: "agency", path: "/admin/agencies" },
  { name: "agency-new", who: "operator", path: "/admin/agencies", act: (page) => page.locator("main .mantine-Button-root").first().click(), ready: '[role="dialog"] input' },
  { name: "agency", who: "operator", path: `/admin/agencies/${agencies[0].id}`, setup: agencyNow({}), ready: "main ul li" },
  { name: "agency-bare", who: "operator", path: `/admin/agencies/${agencies[0].id}`, setup: agencyNow({ people: [], tenants: 0, admins: 0 }), ready: "main code" },
  { name: "agency-person", who: "operator", path: `/admin/agencies/${agencies[0].id}`, setup: agencyNow({}), act: (page) => page.locator("main .mantine-Button-root:has(.tabler-icon-user-plus)").click(), ready: '[role="dialog"] input[name="email"]' },
  { name: "agency-dismiss", who: "operator", path: `/admin/agencies/${agencies[0].id}`, setup: agencyNow({}), act: (page) => page.locator("main ul li button").first().click(), ready: '[role="dialog"]' },
  { name: "hand-over", who: "operator", go: openTenant, act: swap, ready: '[role="dialog"] button[type="submit"]' },
  { name: "hand-over-of-agency", who: "agency", go: openTenantOf, act: swap, ready: '[role="dialog"] input[type="radio"]' },
  { name: "handed-over", who: "agency", setup: handedOver, go: openTenantOf, act: async (page) => {
    await swap(page);
    await page.locator('[role="dialog"] button[type="submit"]').click();
  }, ready: '[role="dialog"] [role="status"]' },
  { name: "agency-home", who: "agency", path: "/admin/tenants", ready: "main tbody tr, main ul li" },
  { name: "agency-tenant", who: "agency", go: openTenantOf, ready: "dl" },
].filter(({ name }) => !only || only.includes(name));

async function isSettled(page) {
  await page.evaluate(() => document.fonts.ready.then(() => true));
  await page.waitForFunction(() => document.getAnimations().every(({ playState, effect }) => playState !== "running" || effect?.getTiming().iterations === Infinity));
}

async function refusals(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")} :: ${failureSummary?.split("\n")[1]?.trim()}`) }));
}

const browser = await launch();
const found = [];
let looks = 0;
try {
  // One sign-in a person; its cookies are used by all variants.
  const cookies = {};
  for (const [who, person] of [["owner", demo.tenants[0].owner], ["operator", demo.operator], ["agency", demo.agency]]) {
    const context = await browser.newContext();
    await signIn(await context.newPage(), demo.url, person);
    cookies[who] = await context.storageState();
    await context.close();
  }
  // The eight in an order in which the first and the last, the second and the last but one, … have nothing in common.
  const isLookedAt = (page, at) => !process.env.CI || process.env.QUICK || [at, variants.length - 1 - at].includes(pages.indexOf(page) % (variants.length / 2));
  const jobs = variants.flatMap((variant, at) => pages.filter((page) => (!page.only || page.only === variant.size) && isLookedAt(page, at)).map((page) => ({ ...variant, ...page })));
  const look = async ({ language, scheme, size, name, who, path, setup, go, act, ready = "main h1, main h2" }) => {
    const context = await browser.newContext({
      viewport: sizes[size], colorScheme: scheme, locale: `${language}-CA`, reducedMotion: "reduce", hasTouch: size === "narrow",
      storageState: who ? cookies[who] : undefined,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.addInitScript(([chosen]) => localStorage.setItem("vestibule.language", chosen), [language]);
    const trouble = watchTrouble(page);
    const label = `${name}-${language}-${scheme}-${size}`;
    try {
      await setup?.(page);
      if (go) await go(page);
      else await page.goto(`${demo.url}${path}`);
      if (act) {
        await page.locator("main h1").first().waitFor();
        await act(page);
      }
      await page.locator(ready).filter({ visible: true }).first().waitFor();
      await isSettled(page);
      await page.screenshot({ path: join(folder, `${label}.png`), fullPage: Boolean(process.env.FULL) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${label}: ${wide}px too wide`);
      for (const { id, impact, where } of await refusals(page)) {
        const line = `${label}: axe ${impact} ${id}\n    ${where.join("\n    ")}`;
        if (impact === "serious" || impact === "critical") found.push(line);
        else console.warn(line);
      }
    } catch (error) {
      await page.screenshot({ path: join(folder, `${label}-failed.png`) }).catch(() => {});
      found.push(`${label}: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
    found.push(...trouble.map((line) => `${label}: ${line}`));
    if (name === "calls" && `${language}${scheme}${size}` === "enlightwide" && process.env.VESTIBULE_README_SHOTS === "1") {
      mkdirSync(join(root, "docs/screens"), { recursive: true });
      await page.screenshot({ path: join(root, "docs/screens/calls.png") });
    }
    await context.close();
  };
  // A few looks at a time: each waits for the server more than it works.
  looks = jobs.length;
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await look(job);
  };
  await Promise.all(Array.from({ length: Number(process.env.WORKERS ?? 4) }, worker));
} finally {
  await browser.close();
}
console.log(`screens: ${pages.length} pages, ${looks} looks, in ${folder}`);
if (found.length > 0) {
  console.error(`screens: ${found.length} problems\n  ${[...new Set(found)].join("\n  ")}`);
  process.exitCode = 1;
}
