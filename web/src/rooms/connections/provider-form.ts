// What the form of a provider holds, what is wrong with it, and what is sent of it. Drawn from the provider's own
// description: no provider is named here. Secrets are only ever replaced, never shown.
import type { Connection, ConnectionChange, Provider, ProviderField } from "@/lib/api";

/** The typed values by the field's key. */
export type ProviderForm = Record<string, string>;
/** `required`: nothing works without it. `kept`: what is set can be replaced, not emptied. */
export type FieldFault = "required" | "kept";

const typed = (form: ProviderForm, field: ProviderField) => (form[field.key] ?? "").trim();

/** What the form begins with: what is known, except the secrets. */
export function formOf(provider: Provider, connection: Connection | undefined): ProviderForm {
  return Object.fromEntries(provider.fields.map((field) => [field.key, field.secret ? "" : (connection?.fields[field.key] ?? "")]));
}

/** Whether the server holds a value for this field. */
export function isKept(field: ProviderField, connection: Connection | undefined): boolean {
  return field.secret ? Boolean(connection?.secrets.includes(field.key)) : Boolean(connection?.fields[field.key]);
}

/** The end of a kept secret; the server tells that of the first one only. */
export function endOf(provider: Provider, field: ProviderField, connection: Connection | undefined): string | null {
  const first = provider.fields.find((one) => one.secret && isKept(one, connection));
  return first?.key === field.key && connection?.key_last4 ? connection.key_last4 : null;
}

/** Whether the person has to type something here. */
export function isNeeded(field: ProviderField, connection: Connection | undefined): boolean {
  return field.required && field.role !== "made_here" && !(field.secret && isKept(field, connection));
}

/** What is wrong before anything is sent. */
export function faultsOf(provider: Provider, form: ProviderForm, connection: Connection | undefined): Record<string, FieldFault> {
  const faults: Record<string, FieldFault> = {};
  for (const field of provider.fields) {
    if (typed(form, field) !== "") continue;
    if (isNeeded(field, connection)) faults[field.key] = "required";
    else if (!field.secret && isKept(field, connection)) faults[field.key] = "kept";
  }
  return faults;
}

/** What is sent: an empty field stays as it is there. */
export function changeOf(provider: Provider, form: ProviderForm): ConnectionChange {
  const given = provider.fields.map((field) => [field.key, typed(form, field)] as const).filter(([, value]) => value !== "");
  return { fields: Object.fromEntries(given) };
}

/** Those that everybody fills in, and those that few need. */
export function splitFields(provider: Provider): { main: ProviderField[]; rare: ProviderField[] } {
  const isMain = ({ required, role }: ProviderField) => required || role === "agent" || role === "number";
  return { main: provider.fields.filter(isMain), rare: provider.fields.filter((field) => !isMain(field)) };
}

/** Further addresses that the provider's requests may come to, in full. */
export function sharedAddresses(provider: Provider, connection: Connection): string[] {
  if (!URL.canParse(connection.hook_url)) return [];
  const { origin } = new URL(connection.hook_url);
  return provider.paths.map((path) => origin + path);
}
