// What the log's words mean: its actions by what they concern, and where their objects are shown.
import type { LinkProps } from "@tanstack/react-router";

/** Every action that this build knows, in the order in which one looks for them. */
export const actionNames = [
  "call.transcript_read", "call.recording_played", "audit.exported",
  "person.signed_in", "person.invited", "person.joined", "person.role_changed", "person.removed", "account.locked", "password.changed", "viewing.begun", "viewing.ended",
  "key.created", "key.replaced", "key.revoked",
  "connection.changed", "connection.ended", "endpoint.created", "endpoint.changed", "endpoint.secret_rotated", "endpoint.disabled", "endpoint.deleted",
  "endpoint.tried_out", "endpoint.replayed", "endpoint.dead_letters_retried", "delivery.retried", "workflow.activated",
  "text.sent", "inbox.processed_again", "inbox.sent_on", "inbox.retention_changed", "lab.sample_sent", "hint.refused",
  "usage.worth_changed", "data.export_asked", "data.exported", "caller.erased", "caller.erased_again", "privacy.retention_changed", "privacy.let_go",
  "tenant.created", "tenant.changed", "tenant.handed_over", "tenant.deleted", "audit.chain_begun",
];

/** Actions that the platform's own log knows. */
export const platformActionNames = [
  "person.signed_in", "account.locked", "password.changed", "session.refresh_reused", "keys.rotated",
  "agency.created", "agency.renamed", "agency.closed", "agency.admin_added", "agency.admin_removed",
  "tenant.handed_over", "tenant.exported", "tenant.imported", "tenant.erasure_asked", "tenant.erased", "instance.unmuted", "audit.exported", "audit.chain_begun",
];

type Place = { to: NonNullable<LinkProps["to"]>; params?: { id: string } };

/** The page that shows an object of the log; none where there is no such page. */
export function placeOf(kind: string, id: string, isPlatform: boolean): Place | null {
  if (isPlatform) return kind === "tenant" && id ? { to: "/admin/tenants/$id", params: { id } } : null;
  switch (kind) {
    case "call": return { to: "/calls/$id", params: { id } };
    case "delivery": return { to: "/deliveries/$id", params: { id } };
    case "endpoint": return { to: "/endpoints" };
    case "connection": return { to: "/connect" };
    case "inbox": return { to: "/inbox" };
    case "text": return { to: "/texts" };
    default: return null;
  }
}

/** What is told beside an action: plain values only, and no more than fit a line. */
export function plainDetails(details: unknown): [string, string][] {
  if (typeof details !== "object" || details === null) return [];
  return Object.entries(details)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value) && value !== "")
    .map(([name, value]): [string, string] => [name, String(value)])
    .slice(0, 4);
}
