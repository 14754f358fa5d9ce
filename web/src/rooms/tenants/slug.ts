// The slug of a company name: lower case, accents stripped, begins with a letter.

/** `Plomberie Gagné & Fils` → `plomberie-gagne-fils`. */
export function slugOf(company: string): string {
  return company
    .replace(/[œŒ]/g, "oe")
    .replace(/[æÆ]/g, "ae")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/['’]/g, "-")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 48)
    .replace(/-+$/, "");
}
