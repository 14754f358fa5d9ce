// Search params are plain strings: `?tenant=plomberie&phone=514…`, never JSON.

/** Reads `?a=b` into strings; empty values are absent. */
export function parseSearch(text: string): Record<string, string> {
  const search: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(text)) if (value !== "") search[key] = value;
  return search;
}

/** Writes the strings that are present. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Keeps the named params, as strings, when they hold something. */
export function pick<K extends string>(search: Record<string, unknown>, ...keys: K[]): { [P in K]?: string } {
  const kept: { [P in K]?: string } = {};
  for (const key of keys) {
    const value = search[key];
    if ((typeof value === "string" && value !== "") || typeof value === "number") kept[key] = String(value);
  }
  return kept;
}

/** Where to go after sign-in: a path of this site only, else the start. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in") ? next : "/";
}
