// What a key may do, in groups that people understand.

/** The groups, in the order of the dialog; what this build does not know goes into the last but one. */
const groups: [string, string[]][] = [
  ["calls", ["calls.read", "contacts.read", "events.read"]],
  ["texts", ["texts.read", "texts.send"]],
  ["figures", ["usage.read", "usage.manage"]],
  ["deliveries", ["deliveries.read", "deliveries.retry", "endpoints.read", "endpoints.manage", "mails.read"]],
  ["setUp", ["connections.read", "connections.manage", "inbox.read", "inbox.manage"]],
  ["other", []],
  ["delicate", ["people.read", "people.manage", "keys.read", "keys.manage", "audit.read", "privacy.read", "privacy.manage", "data.export"]],
];

const delicate = new Set(groups.at(-1)?.[1]);
const known = new Set(groups.flatMap(([, scopes]) => scopes));

export type ScopeGroup = { name: string; scopes: string[] };

/** What one may give to a key, in groups; a group without any is left out. */
export function scopeGroups(held: string[]): ScopeGroup[] {
  const others = held.filter((scope) => !known.has(scope));
  return groups
    .map(([name, scopes]) => ({ name, scopes: name === "other" ? others : scopes.filter((scope) => held.includes(scope)) }))
    .filter(({ scopes }) => scopes.length > 0);
}

/** How a key's scopes are chosen: only look, what automation usually needs, or each by hand. */
export type Choice = "read" | "usual" | "chosen";

/** The scopes of a choice that is not by hand. */
export function scopesOf(choice: Exclude<Choice, "chosen">, held: string[]): string[] {
  const usual = held.filter((scope) => !delicate.has(scope));
  return choice === "usual" ? usual : usual.filter((scope) => scope.endsWith(".read"));
}

/** What a key's scopes amount to, where it is one of the choices. */
export function choiceOf(scopes: string[], held: string[]): Choice {
  const same = (other: string[]) => other.length === scopes.length && other.every((scope) => scopes.includes(scope));
  if (same(scopesOf("usual", held))) return "usual";
  return same(scopesOf("read", held)) ? "read" : "chosen";
}
