// The pages that are looked at.
import {
  demo, slug, empty, problem, answer, json, now, secret, asStaff, members, invitations, team,
  memberMenu, sessions, invitedAs, sendForgotten, chooseNew, retell, n8n, noRetell, someRetell, noN8n, someN8n,
  tested, pressTest, connection, connected, connections, mails, keyRows, keys, keyMade, openNewKey,
  fromKeyMenu, audited, auditNow, heldNow, open, both, wouldGo, counts, erasures, privacyNow, seen,
  lookUp, muted, events, textsNow, threadNow, pressSend, came, refused, agencies, agencyNow,
  looking, noCalls, openTenant, openTenantOf, eye, swap, handedOver, firstLink, fillSignIn, challengeAsked, challenged, pressMain,
  exported, exportsNow, enrolment, factorIs, toFactor, beginFactor, keysOver,
} from "./answers.mjs";

/** Each page: who looks, how to get there, what must be visible. */
export const pages = [
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
  { name: "welcome-second-step", who: null, path: "/welcome#example-token", setup: answer("**/auth/links/redeem", challengeAsked), act: chooseNew, ready: '[data-testid="second-step"]' },
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
];
