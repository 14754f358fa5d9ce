// Invented data in the shapes of the HTTP contract, for looking at the pages without the server.
import { randomUUID } from "node:crypto";

export const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();

export const tenants = [
  ["plomberie-gagne", "Plomberie Gagné & Fils", "Luc Gagné", "professional", "active", "fr", "+18195550110"],
  ["clinique-du-parc", "Clinique dentaire du Parc", "Dre Anne Lavoie", "premium", "active", "fr", "+15145550111"],
  ["salon-belle-rive", "Salon Belle Rive", "Sophie Roy", "starter", "trial", "fr", "+14185550112"],
  ["north-shore-heating", "North Shore Heating", "James Carter", "professional", "active", "en", "+18195550113"],
  ["garage-express", "Garage Express Sainte-Foy", "Karim Haddad", "starter", "suspended", "fr", null],
].map(([slug, company, owner, plan, status, locale, phone], index) => ({
  id: `01930000-0000-7000-8000-00000000000${index + 1}`,
  public_no: index + 1,
  slug,
  company_name: company,
  owner_name: owner,
  owner_email: `${owner.split(" ").at(-1).toLowerCase().normalize("NFD").replace(/\p{M}/gu, "")}@example.com`,
  owner_phone: "+18195550199",
  industry: "services",
  plan_tier: plan,
  status,
  subscription_status: status,
  provisioning_status: phone ? "live" : "pending",
  twilio_phone_number: phone,
  forward_to_number: "+18195550177",
  timezone: "America/Toronto",
  locale,
  calls_total: [1284, 3120, 42, 618, 9][index],
  calls_this_month: [86, 241, 17, 54, 0][index],
  is_active: status !== "suspended",
  created_at: minutesAgo(60 * 24 * (40 + index * 31)),
  external_ref: index === 1 ? "crm-2041" : null,
}));

const talk = [
  ["agent", "Bonjour, ici Claire de Plomberie Gagné et Fils. Comment puis-je vous aider?"],
  ["caller", "Bonjour, mon chauffe-eau coule depuis ce matin et il y a de l’eau partout au sous-sol."],
  ["agent", "Je suis désolée de l’apprendre. Pouvez-vous fermer l’entrée d’eau, puis me donner votre nom et votre adresse?"],
  ["caller", "C’est fermé. Marie Tremblay, 48, rue des Érables, à Trois-Rivières."],
  ["tool", '{"date":"2026-11-21","time":"13:30","service":"chauffe-eau"}', "find_slots"],
  ["agent", "Un technicien peut passer aujourd’hui à 13 h 30. Est-ce que cela vous convient?"],
  ["caller", "Oui, parfait, merci beaucoup."],
  ["tool", '{"ok":true,"appointment_id":"apt_01"}', "book"],
  ["agent", "C’est noté, madame Tremblay: aujourd’hui à 13 h 30. Le technicien vous appellera en route. Bonne journée!"],
].map(([role, text, tool], index) => ({
  role, text, start_ms: index * 6200 + 400, end_ms: index * 6200 + 5200, tool_name: tool ?? null,
}));

const stories = [
  ["BOOKED", "emergency", "Marie Tremblay", "Chauffe-eau qui coule au sous-sol; technicien réservé aujourd’hui à 13 h 30, 48, rue des Érables.", "POSITIVE"],
  ["MESSAGE_TAKEN", "quote", "Jean-François Bélanger", "Demande une soumission pour refaire la plomberie d’une salle de bain; souhaite être rappelé après 17 h.", "NEUTRAL"],
  ["TRANSFERRED", "complaint", null, "Insatisfait de la facture d’octobre; appel transféré à Luc Gagné.", "NEGATIVE"],
  ["ANSWERED", "question", "Emily Carter", "Asked whether you install heat-pump water heaters and what areas you serve.", "POSITIVE"],
  ["MISSED", null, null, null, null],
  ["VOICEMAIL", "message", "Ahmed Benali", "A laissé un message au sujet de la visite de jeudi.", "NEUTRAL"],
  ["SPAM", "sales", null, "Automated offer for search-engine placement.", "NEUTRAL"],
  ["BOOKED", "reschedule", "Nathalie Ouellet-Desrosiers", "Rendez-vous du 25 novembre reporté au 27 novembre à 9 h.", "POSITIVE"],
  ["ABANDONED", null, null, "L’appelant a raccroché avant de dire la raison de son appel.", null],
  ["FAILED", null, null, null, null],
  ["BOOKED", "booking", "William Fortin", "Installation d’un lave-vaisselle réservée mardi à 10 h.", "POSITIVE"],
  ["OTHER", "other", "Chantal St-Pierre", "Cherchait le numéro du service d’urbanisme de la ville.", "NEUTRAL"],
];

export function makeCall(index, over = {}) {
  const [outcome, intent, name, summary, sentiment] = stories[index % stories.length];
  const started = minutesAgo(6 + index * index * 7 + index * 19);
  const seconds = outcome === "MISSED" ? 0 : 34 + ((index * 53) % 260);
  const phone = `+1819555${String(120 + index).padStart(4, "0")}`;
  return {
    id: randomUUID(), external_id: `retell_call_${index}`, provider: "retell",
    channel: index % 9 === 3 ? "web" : "phone", direction: index % 7 === 5 ? "OUTBOUND" : "INBOUND",
    status: outcome === "MISSED" ? "NO_ANSWER" : outcome === "FAILED" ? "FAILED" : "COMPLETED", outcome, intent,
    from_number: index === 8 ? null : phone, to_number: "+18195550110",
    contact: name ? { id: randomUUID(), name } : null, agent_name: "Claire",
    started_at: started, ended_at: new Date(Date.parse(started) + seconds * 1000).toISOString(),
    duration_ms: seconds * 1000, duration_seconds: seconds, duration_minutes: Math.ceil(seconds / 60),
    cost_micros: seconds * 2167, currency: "USD", summary, sentiment, is_final: true, is_test: index === 9, revision: 1,
    ...over,
  };
}

export const endpoints = [
  { kind: "n8n", url: "https://n8n.gagne.example/webhook/appels-vestibule", description: "n8n – suivi des appels", event_types: ["call.call-ended"], is_active: true, circuit: "closed" },
  { kind: "webhook", url: "https://crm.example.com/hooks/vestibule", description: "CRM", event_types: ["call.call-started", "call.call-ended", "call.call-updated"], is_active: true, circuit: "open" },
  { kind: "webhook", url: "https://old.example.com/in", description: "", event_types: ["call.call-ended"], is_active: false, circuit: "closed", disabled_reason: "gone" },
].map((endpoint, index) => ({
  id: randomUUID(), schedule_seconds: [0, 30, 120, 600, 3600], disabled_reason: null, failing_since: null, max_in_flight: 8, rate_per_second: null, header_name: null, secret_last4: ["9f3a", "c07e", "11bd"][index],
  created_at: minutesAgo(60 * 24 * 30), updated_at: minutesAgo(600), ...endpoint,
}));

const ends = [
  ["delivered", 1, 200, null], ["dead", 5, 500, "http_status"], ["retrying", 2, null, "timeout"], ["delivered", 2, 204, null], ["pending", 0, null, null],
  ["parked", 1, null, "circuit_open"], ["dead", 5, 404, "workflow_not_active"], ["delivered", 1, 200, null],
];

export function makeDelivery(index, callId, over = {}) {
  const [state, count, status, error] = ends[index % ends.length];
  const endpoint = endpoints[index % 2];
  return {
    id: randomUUID(), endpoint: { id: endpoint.id, description: endpoint.description, url: endpoint.url }, call_id: callId,
    event_type: ["call.call-ended", "call.call-updated", "call.call-started"][index % 3], state, attempts_count: count,
    next_attempt_at: state === "retrying" ? minutesAgo(-4) : null, created_at: minutesAgo(12 + index * 47),
    delivered_at: state === "delivered" ? minutesAgo(11 + index * 47) : null, last_status: status, last_error: error, ...over,
  };
}

export function attemptsOf(delivery) {
  return Array.from({ length: delivery.attempts_count }, (_, index) => {
    const ok = delivery.state === "delivered" && index === delivery.attempts_count - 1;
    return {
      number: index + 1,
      started_at: new Date(Date.parse(delivery.created_at) + [0, 30, 150, 750, 4350][index] * 1000).toISOString(),
      duration_ms: ok ? 182 : 15000 - index * 2900, result: ok ? "delivered" : "failed",
      http_status: ok ? 200 : (delivery.last_status ?? null), error: ok ? null : (delivery.last_error ?? "timeout"),
      response_excerpt: ok ? '{"received":true}' : delivery.last_status ? '{"code":500,"message":"Error in workflow: node “CRM” could not be reached"}' : null,
      execution_id: ok ? "48213" : null,
    };
  });
}

export function bodyOf(call) {
  return {
    event: "call.ended", tenant: { slug: "plomberie-gagne" }, timestamp: call.ended_at,
    call: {
      id: call.id, external_id: call.external_id, direction: "inbound", from: call.from_number, to: call.to_number,
      started_at: call.started_at, ended_at: call.ended_at, duration_seconds: call.duration_seconds, outcome: call.outcome,
      summary: call.summary, recorded: true, cost: { micros: call.cost_micros, currency: "USD" },
    },
    retell: { agent_id: "agent_4f2d9a1b7c3e5d6f8a9b0c1d2e" }, signature: "sha256=5f1d…",
  };
}

export function detailOf(call, deliveries) {
  const isDone = call.status !== "IN_PROGRESS" && call.status !== "RINGING";
  const at = (name, seconds) => ({
    id: randomUUID(), provider: "retell", event_name: name, state: "folded", reason: null,
    received_at: new Date(Date.parse(call.started_at) + seconds * 1000).toISOString(), revision: 1, attempts: 1, call_id: call.id,
    size_bytes: 2140 + seconds * 90,
  });
  const fact = (kind, rank, seconds) => ({
    key: kind, source: "retell", kind, rank, occurred_at: call.started_at,
    received_at: new Date(Date.parse(call.started_at) + seconds * 1000).toISOString(), doc: {},
  });
  return {
    ...call,
    transcript: isDone && call.duration_ms ? talk : [],
    structured: call.intent ? { service_address: "48, rue des Érables, Trois-Rivières", urgency: "high", appointment_booked: call.outcome === "BOOKED", party_size: 1 } : null,
    customer_name: call.contact?.name ?? null,
    appointment_at: call.outcome === "BOOKED" ? minutesAgo(-180) : null,
    disconnection_reason: isDone ? "user_hangup" : null, recording_url: isDone ? `/api/v1/calls/${call.id}/recording` : null,
    latency: { e2e_p50_ms: 840, e2e_p95_ms: 1342 },
    facts: isDone ? [fact("started", 1, 0), fact("ended", 5, 36), fact("analyzed", 40, 41)] : [fact("started", 1, 0)],
    events: isDone ? [at("call_started", 0), at("call_ended", 36), at("call_analyzed", 41)] : [at("call_started", 0)],
    deliveries,
  };
}
