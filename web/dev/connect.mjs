// The mock's connections, received events and refused requests, with the answers of their paths.
import { randomBytes, randomUUID } from "node:crypto";
import { endpoints, minutesAgo } from "./data.mjs";

const seen = [
  ["call_analyzed", "folded", null], ["call_ended", "folded", null], ["call_started", "folded", null], ["transcript_updated", "ignored", "unsupported_event"],
  ["call_ended", "failed", "processing_failed"], ["unknown", "unprocessable", "not_json"], ["call_started", "pending", null],
  ["call_ended", "unprocessable", "no_call_id"], ["call_analyzed", "failed", "clock_skew"],
];

/** Received events of the calls, newest first. */
export function makeInbox(calls) {
  return calls.slice(0, 40).map((call, index) => {
    const [event_name, state, reason] = seen[index % seen.length];
    return {
      id: randomUUID(), provider: "retell", event_name, state, reason, received_at: minutesAgo(2 + index * 31), revision: index % 7 === 1 ? 1 : 0,
      attempts: state === "failed" ? 5 : 0, size_bytes: state === "unprocessable" ? 214 : 2140 + index * 913, call_id: state === "unprocessable" || state === "ignored" ? null : call.id,
    };
  });
}

const reasons = [
  ["signature_mismatch", 12], ["signature_missing", 3], ["signature_stale", 1], ["no_client_for_agent", 41], ["not_found", 1204],
  ["too_large", 1], ["unavailable", 7], ["signature_malformed", 2], ["bad_query", 1],
];

/** Counts of refused requests, newest first. */
export const refusals = reasons.map(([reason, count], index) => ({
  door: index % 3 === 2 ? "resource/retell" : "hook/retell", reason, minute: `${minutesAgo(4 + index * index * 9).slice(0, 16)}:00.000Z`, count,
}));

export const makeSecret = () => {
  const ascii = randomBytes(24).toString("base64url");
  return { secret: `whsec_${Buffer.from(ascii).toString("base64")}`, secret_ascii: ascii };
};

const noRetell = { connected: false, agent_id: null, agents: [], api_key_masked: null, hook_url: null, created_at: null };
const noN8n = { connected: false, endpoint: null, instance_url: null, workflow_id: null, webhook_url: null, api_key_masked: null, is_active: false };
const mask = (key) => `••••${key.slice(-4)}`;
const hookUrl = "https://vestibule.example/hooks/retell/5c1f0e9a7b3d4c2f8e6a1b0d9c8e7f6a";
let retell = {
  connected: true, agent_id: "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e", agents: ["agent_4f2d9a1b7c3e5d6f8a9b0c1d2e"], api_key_masked: mask("key_6789"),
  hook_url: hookUrl, created_at: minutesAgo(60 * 24 * 12),
};
let n8n = {
  connected: true, endpoint: endpoints[0], instance_url: "https://n8n.gagne.example", workflow_id: "q7XcVb2LmN0pRsT4", webhook_url: endpoints[0].url,
  api_key_masked: mask("n8n_c41d"), is_active: true,
};
const invalid = (field, message) => ({ field, code: "invalid", message });

function retellAnswer(method, body, problem) {
  if (method === "DELETE") {
    retell = noRetell;
    return { status: 204 };
  }
  if (method === "POST") {
    if (body.agent_id === "agent_taken") return problem(409, "agent_taken", "This Retell agent is already connected to another account");
    if (!body.api_key && !retell.connected) return problem(422, "invalid", "Check the fields.", [invalid("api_key", "Give the provider’s API key.")]);
    retell = {
      connected: true, agent_id: body.agent_id, agents: [body.agent_id], api_key_masked: body.api_key ? mask(body.api_key) : retell.api_key_masked,
      hook_url: hookUrl, created_at: retell.created_at ?? minutesAgo(0),
    };
  }
  return { status: 200, body: retell };
}

function n8nAnswer(method, body, problem) {
  if (method === "DELETE") {
    n8n = noN8n;
    return { status: 204 };
  }
  if (method !== "POST") return { status: 200, body: n8n };
  if (/localhost|127\.0\.0\.1/.test(body.webhook_url)) return problem(422, "invalid", "Check the fields.", [invalid("url", "This address is not a public one.")]);
  const isNew = !n8n.connected;
  n8n = {
    connected: true, endpoint: { ...endpoints[0], url: body.webhook_url, is_active: body.is_active ?? true }, webhook_url: body.webhook_url,
    instance_url: body.instance_url ?? n8n.instance_url, workflow_id: body.workflow_id ?? n8n.workflow_id,
    api_key_masked: body.api_key ? mask(body.api_key) : n8n.api_key_masked, is_active: body.is_active ?? (isNew || n8n.is_active),
  };
  return { status: 200, body: isNew ? { ...n8n, ...makeSecret() } : n8n };
}

/** The answer of `/api/organizations/{organization}/{provider}`. */
export function connectionAnswer(provider, method, body, problem) {
  if (provider === "retell") return retellAnswer(method, body, problem);
  if (provider === "n8n") return n8nAnswer(method, body, problem);
  return problem(404, "not_found", "Not found.");
}

const words = (en, fr) => ({ en, fr });
const field = (key, label, over) => ({ key, label, help: words("As the provider shows it.", "Comme chez le fournisseur."), role: "credential", choices: [], secret: false, required: false, ...over });
const providers = [
  { name: "retell", title: "Retell AI", fields: [], checklist: [], paths: [] },
  {
    name: "vapi", title: "Vapi", paths: ["/webhooks/vapi"], checklist: [words("Enter the address shown here in Vapi.", "Inscrivez dans Vapi l’adresse affichée ici.")],
    fields: [
      field("webhook_secret", words("Webhook secret", "Secret des webhooks"), { role: "made_here", secret: true, required: true }),
      field("assistant_id", words("Assistant id", "Identifiant de l’assistant"), { role: "agent" }),
      field("auth_mode", words("How Vapi proves itself", "Preuve d’identité de Vapi"), { choices: ["auto", "secret", "bearer", "hmac"] }),
    ],
  },
  {
    name: "twilio", title: "Twilio", paths: [], checklist: [words("Enter the address shown here in Twilio.", "Inscrivez dans Twilio l’adresse affichée ici.")],
    fields: [
      field("auth_token", words("Auth token", "Auth token"), { secret: true, required: true }),
      field("phone_number", words("Telephone number", "Numéro de téléphone"), { role: "number", required: true }),
    ],
  },
];
const connections = new Map();
const held = [["retell", "signature_mismatch"], ["vapi", "no_client_for_agent"]].map(([provider, reason], index) => ({
  id: randomUUID(), provider, reason, hint: null, advice_en: "Enter the provider’s current key.", advice_fr: "Inscrivez la clé actuelle du fournisseur.",
  size_bytes: 1800, received_at: minutesAgo(20 + index * 90), held_until: minutesAgo(-60 * 70),
}));

function connect({ name, fields }, filled, problem) {
  const before = connections.get(name);
  const missing = fields.filter(({ key, required, role, secret }) => required && role !== "made_here" && !filled[key] && !(secret && before));
  if (missing.length > 0) return problem(422, "invalid", "Check the fields.", missing.map(({ key }) => invalid(key, "This is needed.")));
  const made = Object.fromEntries(fields.filter(({ key, role }) => role === "made_here" && !filled[key] && !before).map(({ key }) => [key, makeSecret().secret_ascii]));
  const shown = fields.filter(({ secret, key }) => !secret && filled[key]);
  const bound = (kind) => shown.filter(({ role }) => role === kind).map(({ key }) => filled[key]);
  const view = {
    provider: name, agents: bound("agent"), numbers: bound("number"), fields: Object.fromEntries(shown.map(({ key }) => [key, filled[key]])),
    secrets: fields.filter(({ secret }) => secret).map(({ key }) => key), key_last4: "41cd", hook_url: `https://vestibule.example/hooks/${name}/5c1f0e9a7b3d4c2f`,
    created_at: before?.created_at ?? minutesAgo(0), updated_at: minutesAgo(0), reconciliation: { done_until: minutesAgo(4), fault: null, listed: 40, filled: 1, last_filled_at: minutesAgo(900) },
  };
  connections.set(name, view);
  return { status: 200, body: { ...view, made, let_in: 0 } };
}

/** The answers of `/api/v1/providers`, `/api/v1/connections…` and `/api/v1/held-requests`; null for other paths. */
export function providerAnswer(pathname, method, body, problem) {
  if (pathname === "/api/v1/providers") return { status: 200, body: { items: providers } };
  if (pathname === "/api/v1/connections") return { status: 200, body: { items: [...connections.values()] } };
  if (pathname === "/api/v1/held-requests") return { status: 200, body: { items: held, next_cursor: null } };
  const [, name] = /^\/api\/v1\/connections\/([\w-]+)$/.exec(pathname) ?? [];
  const provider = providers.find((one) => one.name === name);
  if (!name) return null;
  if (!provider) return problem(404, "not_found", "Not found.");
  if (method === "PUT") return connect(provider, body.fields ?? {}, problem);
  connections.delete(name);
  return { status: 204 };
}
