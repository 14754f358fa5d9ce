// A stand-in for the server: serves dist/ with its security headers, and the contract's JSON.
// Only for looking at the pages: `npm run build && npm run mock`, then sign in with any address
// (one that begins with "operator" is the operator).
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { usageAnswer } from "./usage.mjs";
import { connectionAnswer, makeInbox, makeSecret, providerAnswer, refusals } from "./connect.mjs";
import { attemptsOf, bodyOf, detailOf, endpoints, makeCall, makeDelivery, minutesAgo, tenants } from "./data.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const port = Number(process.env.PORT ?? 4810);
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".html": "text/html" };
const key = "key_demo_0123456789";

const calls = Array.from({ length: 60 }, (_, index) => makeCall(index));
calls.unshift(makeCall(3, {
  id: randomUUID(), status: "IN_PROGRESS", outcome: null, intent: null, summary: null, started_at: minutesAgo(1), ended_at: null, duration_ms: null,
  channel: "phone", contact: { id: randomUUID(), name: "Émilie Côté" }, is_final: false, cost_micros: null, sentiment: null,
}));
const deliveries = calls.slice(1, 25).map((call, index) => makeDelivery(index, call.id));
const inbox = makeInbox(calls);
const permissions = [
  "calls.read", "contacts.read", "texts.read", "texts.send", "events.read", "deliveries.read", "deliveries.retry", "inbox.read", "inbox.manage",
  "endpoints.read", "endpoints.manage",
  "connections.read", "connections.manage", "usage.read", "usage.manage", "mails.read", "keys.read", "keys.manage",
];
const streams = new Set();
let sequence = 0;

function tell(room, id) {
  sequence += 1;
  for (const stream of streams) stream.write(`id: 1-${sequence}\nevent: change\ndata: ${JSON.stringify({ room, id, rev: sequence })}\n\n`);
}

function problem(status, code, detail, fields = []) {
  return { status, body: { type: `https://vestibule.example/problems/${code}`, title: code, status, detail, code, fields, request_id: "01JD0MOCK" } };
}

const reference = ({ id, slug, company_name, status, timezone, locale }) => ({ id, slug, company_name, status, timezone, locale });

function page(items, query, size = 25) {
  const start = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? size);
  return { items: items.slice(start, start + limit), next_cursor: start + limit < items.length ? String(start + limit) : null };
}

function me(person, query) {
  const isOperator = person === "operator";
  const named = tenants.find(({ slug, id }) => slug === query.get("tenant") || id === query.get("tenant"));
  return {
    user: { id: randomUUID(), email: isOperator ? "operator@example.com" : "gagne@example.com", name: isOperator ? "Olivia Opérateur" : "Luc Gagné", locale: "fr" },
    platform_role: isOperator ? "operator" : null,
    agency: null,
    viewing: null,
    memberships: isOperator ? [] : [{ tenant: reference(tenants[0]), role: "owner" }],
    permissions: isOperator && !named ? [] : permissions,
    tenant: isOperator ? (named ? reference(named) : null) : reference(tenants[0]),
  };
}

const withAttempts = (delivery) => ({ ...delivery, body: bodyOf(calls.find((call) => call.id === delivery.call_id) ?? calls[1]), attempts: delivery.attempts ?? attemptsOf(delivery) });

function retell(request, raw) {
  const [, at, digest] = /^v=(\d+),d=([0-9a-f]+)$/.exec(request.headers["x-retell-signature"] ?? "") ?? [];
  if (!at || createHmac("sha256", key).update(raw + at).digest("hex") !== digest) return problem(401, "bad_signature", "Bad signature");
  const { event, call } = JSON.parse(raw);
  let row = calls.find((entry) => entry.external_id === `retell_${call.call_id}`);
  if (!row) {
    row = makeCall(0, {
      external_id: `retell_${call.call_id}`, status: "IN_PROGRESS", outcome: null, intent: null, summary: null, contact: null, is_final: false,
      from_number: call.from_number, started_at: new Date(call.start_timestamp).toISOString(), duration_ms: null,
    });
    calls.unshift(row);
  }
  if (event === "call_ended") Object.assign(row, { status: "COMPLETED", duration_ms: call.duration_ms });
  if (event === "call_analyzed") Object.assign(row, { outcome: "BOOKED", is_final: true, summary: call.call_analysis.call_summary });
  tell("calls", row.id);
  return { status: 200, body: {} };
}

function api(request, url, raw, person) {
  const { pathname, searchParams: query } = url;
  const { method } = request;
  const body = raw && method !== "GET" && !pathname.startsWith("/hooks") ? JSON.parse(raw) : {};
  const [, id, verb] = /^\/api\/(?:v1|admin)\/\w+\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  if (pathname === "/auth/login" || pathname === "/auth/links/redeem") {
    if (body.password === "wrong" || body.token === "used") return problem(401, "wrong_credentials", "Courriel ou mot de passe incorrect.");
    return { status: 200, signIn: (body.email ?? "").startsWith("operator") ? "operator" : "owner", body: { token: "t", expires_at: minutesAgo(-600), csrf_token: "csrf", user: me("owner", query).user } };
  }
  if (pathname === "/auth/logout") return { status: 204, signIn: "" };
  if (pathname === "/hooks/retell/demo") return retell(request, raw);
  if (!person) return problem(401, "unauthenticated", "Sign in first.");
  if (method !== "GET" && request.headers["x-csrf-token"] !== "csrf") return problem(403, "csrf", "Missing CSRF token.");
  if (pathname === "/api/v1/me") return { status: 200, body: me(person, query) };
  if (pathname === "/api/v1/calls") {
    const digits = query.get("phone")?.replace(/\D/g, "");
    const wanted = calls.filter((call) => ["status", "outcome", "intent"].every((field) => !query.get(field) || call[field] === query.get(field))
      && (!digits || (call.from_number ?? "").includes(digits)) && (!query.get("from") || call.started_at.slice(0, 10) >= query.get("from"))
      && (!query.get("to") || call.started_at.slice(0, 10) <= query.get("to")));
    return { status: 200, body: page(wanted, query) };
  }
  if (pathname.startsWith("/api/v1/calls/")) {
    const call = calls.find((entry) => entry.id === id);
    return call ? { status: 200, body: detailOf(call, deliveries.filter((delivery) => delivery.call_id === id)) } : problem(404, "not_found", "No such call.");
  }
  if (pathname === "/api/v1/contacts") {
    const named = calls.filter((call) => call.from_number).slice(0, 30).map((call, index) => ({
      id: randomUUID(), phone: call.from_number, name: call.contact?.name ?? null, email: index % 4 ? null : "client@example.com",
      calls_count: 1 + ((index * 3) % 7), first_call_at: minutesAgo(60 * 24 * (index + 2)), last_call_at: call.started_at,
    }));
    return { status: 200, body: page(named, query) };
  }
  if (pathname === "/api/v1/mails") return { status: 200, body: page([], query) };
  if (pathname === "/api/v1/inbox") {
    return { status: 200, body: page(inbox.filter((event) => !query.get("state") || event.state === query.get("state")), query) };
  }
  const [, provider] = /^\/api\/organizations\/[^/]+\/(\w+)$/.exec(pathname) ?? [];
  if (provider) return connectionAnswer(provider, method, body, problem);
  const ofProviders = providerAnswer(pathname, method, body, problem);
  if (ofProviders) return ofProviders;
  if (pathname === "/api/v1/deliveries") {
    return { status: 200, body: page(deliveries.filter((delivery) => (!query.get("state") || delivery.state === query.get("state"))
      && (!query.get("endpoint_id") || delivery.endpoint.id === query.get("endpoint_id"))), query) };
  }
  const usage = usageAnswer(pathname, query, method, raw);
  if (usage) return { status: 200, body: usage };
  if (pathname === "/api/v1/deliveries/stats") {
    const figures = { attempts: 24, delivered: 21, dead: 1, success_rate: 21 / 22, p50_ms: 120, p95_ms: 640, waiting: 2, parked: 0, dead_letters: 1 };
    const each = endpoints.map(({ id: endpoint_id, description, url }) => ({ ...figures, endpoint_id, description, url }));
    return { status: 200, body: { ...figures, since: "2026-10-23", until: "2026-11-21", endpoints: each } };
  }
  if (pathname.endsWith("/redeliveries")) return { status: 200, body: { items: [], next_cursor: null } };
  if (pathname.endsWith("/test") && method === "POST") return { status: 202, body: deliveries[0] };
  if (/\/(replay|retry-dead)$/.test(pathname) && method === "POST") {
    const endpoint_id = pathname.split("/").at(-2);
    return { status: 202, body: { id: randomUUID(), endpoint_id, kind: "replay", state: "running", since: minutesAgo(60), until: minutesAgo(0), event_types: [], owed_count: 0, created_at: minutesAgo(0), finished_at: null } };
  }
  if (pathname.startsWith("/api/v1/deliveries/")) {
    const delivery = deliveries.find((entry) => entry.id === id);
    if (!delivery) return problem(404, "not_found", "No such delivery.");
    if (verb === "retry") {
      const before = attemptsOf(delivery);
      Object.assign(delivery, { state: "pending", attempts: before });
      setTimeout(() => {
        Object.assign(delivery, {
          state: "delivered", attempts_count: before.length + 1, last_status: 200, last_error: null, delivered_at: minutesAgo(0),
          attempts: [...before, { number: before.length + 1, started_at: minutesAgo(0), duration_ms: 120, result: "delivered", http_status: 200, error: null, response_excerpt: null, execution_id: null }],
        });
        tell("deliveries", delivery.id);
      }, 600);
      return { status: 202, body: withAttempts(delivery) };
    }
    return { status: 200, body: withAttempts(delivery) };
  }
  if (pathname === "/api/v1/endpoints" && method === "POST") {
    const made = { ...endpoints[0], id: randomUUID(), circuit: "closed", disabled_reason: null, created_at: minutesAgo(0), ...body };
    endpoints.push(made);
    return { status: 201, body: { ...made, ...makeSecret() } };
  }
  if (pathname === "/api/v1/api-keys") return { status: 200, body: page([], query) };
  if (pathname === "/api/v1/endpoints") return { status: 200, body: page(endpoints, query) };
  if (pathname.startsWith("/api/v1/endpoints/")) {
    const index = endpoints.findIndex((entry) => entry.id === id);
    if (verb) return { status: 200, body: { ...makeSecret(), previous_valid_until: minutesAgo(-1440) } };
    if (method === "DELETE") endpoints.splice(index, 1);
    if (method === "DELETE") return { status: 204 };
    Object.assign(endpoints[index], body);
    return { status: 200, body: endpoints[index] };
  }
  if (pathname.startsWith("/api/admin/") && person !== "operator") return problem(403, "forbidden", "Réservé à l’opérateur de la plateforme.");
  if (pathname === "/api/admin/refusals") return { status: 200, body: page(refusals, query) };
  if (pathname === "/api/admin/tenants" && method === "POST") {
    if (tenants.some(({ slug }) => slug === body.slug)) return problem(409, "slug_taken", "Ce nom court est déjà pris.");
    const made = { ...tenants[2], id: randomUUID(), owner_name: null, calls_total: 0, calls_this_month: 0, ...body };
    tenants.push(made);
    return { status: 201, body: { tenant: made, owner_link: `https://vestibule.example/welcome#${randomBytes(24).toString("base64url")}` } };
  }
  if (pathname === "/api/admin/tenants") {
    const word = query.get("search")?.toLowerCase();
    const wanted = tenants.filter((tenant) => (!word || tenant.company_name.toLowerCase().includes(word))
      && (!query.get("status") || tenant.status === query.get("status")) && (!query.get("plan") || tenant.plan_tier === query.get("plan")));
    return { status: 200, body: { ...page(wanted, query), totals: { total: 5, active: 3, trial: 1, mrr_micros: null } } };
  }
  if (verb === "stats") {
    return { status: 200, body: { calls_total: 1284, calls_this_month: 86, contacts_total: 402, deliveries_owed: 2, deliveries_dead: 1, usage_percent: null, appointments_total: null, appointments_upcoming: null, last_call_at: minutesAgo(6) } };
  }
  const tenant = tenants.find((entry) => entry.id === id || entry.slug === id);
  return tenant ? { status: 200, body: tenant } : problem(404, "not_found", "Not found.");
}

function asset(pathname, response) {
  const file = join(dist, pathname);
  const isAsset = extname(pathname) !== "" && existsSync(file);
  const nonce = randomBytes(16).toString("base64");
  response.setHeader("content-security-policy", `default-src 'self'; style-src 'self' 'nonce-${nonce}'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'`);
  response.setHeader("content-type", types[isAsset ? extname(pathname) : ".html"] ?? "application/octet-stream");
  if (isAsset) response.end(readFileSync(file));
  else response.end(readFileSync(join(dist, "index.html"), "utf8").replaceAll("__CSP_NONCE__", nonce));
}

createServer((request, response) => {
  const url = new URL(request.url, `http://${request.headers.host}`);
  const person = /vestibule_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (!/^\/(api|auth|hooks)\//.test(url.pathname)) return asset(url.pathname, response);
    if (url.pathname === "/api/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": hello\n\n");
      streams.add(response);
      return request.socket.on("close", () => streams.delete(response));
    }
    const answer = api(request, url, Buffer.concat(chunks).toString("utf8"), person);
    if (answer.signIn !== undefined) {
      response.setHeader("set-cookie", [`vestibule_session=${answer.signIn}; HttpOnly; Path=/; SameSite=Lax`, "vestibule_csrf=csrf; Path=/; SameSite=Lax"]);
    }
    response.writeHead(answer.status, { "content-type": answer.status >= 400 ? "application/problem+json" : "application/json" });
    return response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  });
}).listen(port, "127.0.0.1", () => {
  const address = `http://127.0.0.1:${port}`;
  const demo = {
    url: address, operator: { email: "operator@example.com", password: "demo-demo-demo" },
    tenants: [{ ...tenants[0], company: tenants[0].company_name, owner: { email: "gagne@example.com", password: "demo-demo-demo" }, api_key: "vk_demo", retell: { hook_url: `${address}/hooks/retell/demo`, api_key: key, agent_id: "agent_demo" }, endpoint: { url: endpoints[0].url, secret: "whsec_demo" } }],
  };
  if (process.env.VESTIBULE_DEMO_JSON) writeFileSync(process.env.VESTIBULE_DEMO_JSON, JSON.stringify(demo, null, 2));
  console.log(`mock: ${address}`);
});
