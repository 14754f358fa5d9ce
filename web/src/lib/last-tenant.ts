// The business that was looked at last on this device: it opens first for whoever has several.
const storageKey = "vestibule.tenant";

/** The slug of the tenant that was looked at last, if any. */
export function lastTenant(): string | undefined {
  try {
    return localStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers the tenant that is looked at. */
export function rememberTenant(slug: string): void {
  try {
    localStorage.setItem(storageKey, slug);
  } catch {
    // Storage may be refused; the first business opens then.
  }
}
