import { expect, test } from "vitest";
import type { N8n } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { fieldMessage, isAddress, isAgentTaken, n8nChange, n8nFormOf, retellChange, secretOf } from "./forms";

test("an address is a full one", () => {
  expect(isAddress(" https://n8n.example.com/webhook/a ")).toBe(true);
  for (const text of ["", "n8n.example.com", "https://", "ftp://a.example", "https:///a"]) expect(isAddress(text)).toBe(false);
});

test("a key that is not typed is not sent", () => {
  expect(retellChange({ agentId: " agent_1 ", apiKey: "  " })).toEqual({ agent_id: "agent_1" });
  expect(retellChange({ agentId: "agent_1", apiKey: " key_2 " })).toEqual({ agent_id: "agent_1", api_key: "key_2" });
});

test("emptied fields of n8n are sent as empty", () => {
  const view = { connected: true, is_active: true, webhook_url: "https://n8n.example.com/w", instance_url: "https://n8n.example.com", workflow_id: null } as N8n;
  const form = n8nFormOf(view);
  expect(form).toEqual({ webhookUrl: "https://n8n.example.com/w", instanceUrl: "https://n8n.example.com", workflowId: "", apiKey: "" });
  expect(n8nChange({ ...form, instanceUrl: "" })).toEqual({ webhook_url: "https://n8n.example.com/w", instance_url: "", workflow_id: "" });
});

test("a secret is shown only when the answer brings one", () => {
  const view = { connected: true, is_active: true } as N8n;
  expect(secretOf(view)).toBeNull();
  expect(secretOf({ ...view, secret: "whsec_a", secret_ascii: "a" })).toEqual({ secret: "whsec_a", secret_ascii: "a" });
});

test("refusals land on their fields", () => {
  const invalid = new Problem(422, { code: "invalid", fields: [{ field: "url", code: "not_public", message: "Not a public address." }] });
  expect(fieldMessage(invalid, "webhook_url", "url")).toBe("Not a public address.");
  expect(fieldMessage(invalid, "api_key")).toBeUndefined();
  expect(isAgentTaken(new Problem(409, { code: "agent_taken" }))).toBe(true);
  expect(isAgentTaken(invalid)).toBe(false);
});
