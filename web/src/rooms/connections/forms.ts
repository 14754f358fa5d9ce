// What the forms of this room hold, and what is sent of it. Keys are only ever replaced, never shown.
import type { N8n, N8nChange, NewSecret, RetellChange } from "@/lib/api";
import { Problem } from "@/lib/problem";

export type RetellForm = { agentId: string; apiKey: string };
export type N8nForm = { webhookUrl: string; instanceUrl: string; workflowId: string; apiKey: string };

/** A full http or https address. */
export function isAddress(text: string): boolean {
  return /^https?:\/\/[^/\s]/.test(text.trim()) && URL.canParse(text.trim());
}

/** An empty key keeps the one that is there. */
export function retellChange({ agentId, apiKey }: RetellForm): RetellChange {
  const key = apiKey.trim();
  return { agent_id: agentId.trim(), ...(key ? { api_key: key } : {}) };
}

/** What the form begins with: what is known, except the key. */
export function n8nFormOf(view: N8n): N8nForm {
  return { webhookUrl: view.webhook_url ?? "", instanceUrl: view.instance_url ?? "", workflowId: view.workflow_id ?? "", apiKey: "" };
}

/** Emptied fields are sent, so that they are emptied there; an empty key keeps the one that is there. */
export function n8nChange(form: N8nForm): N8nChange {
  const key = form.apiKey.trim();
  return {
    webhook_url: form.webhookUrl.trim(), instance_url: form.instanceUrl.trim(), workflow_id: form.workflowId.trim(),
    ...(key ? { api_key: key } : {}),
  };
}

/** The secret of an endpoint that was made just now. */
export function secretOf(view: N8n): Pick<NewSecret, "secret" | "secret_ascii"> | null {
  return view.secret && view.secret_ascii ? { secret: view.secret, secret_ascii: view.secret_ascii } : null;
}

/** What the server says about a field, under any of its names. */
export function fieldMessage(error: unknown, ...names: string[]): string | undefined {
  return error instanceof Problem ? error.fields.find(({ field }) => names.includes(field))?.message : undefined;
}

/** Whether the agent belongs to another account. */
export function isAgentTaken(error: unknown): boolean {
  return error instanceof Problem && error.code === "agent_taken";
}
