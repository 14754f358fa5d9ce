// The doors' names: `hook/retell` is the kind of door and the provider who came in by it.

/** The kind of door and its provider; a name of another shape is a kind alone. */
export function doorOf(name: string): { kind: string; provider: string | null } {
  const [, kind, provider] = /^([^/]+)\/([^/]+)$/.exec(name) ?? [];
  return kind && provider ? { kind, provider } : { kind: name, provider: null };
}
