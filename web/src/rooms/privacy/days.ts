// The spans of days that are offered, and how one that is not among them is shown.

/** Nothing is said: until it is erased. */
export const forever = "0";

export const longSpans = [30, 90, 180, 365, 730, 1095];
export const shortSpans = [7, 30, 90, 180, 365];

/** The spans offered, with the one that is set among them. */
export function spansWith(offered: number[], set: number | null): number[] {
  if (set === null || offered.includes(set)) return offered;
  return [...offered, set].sort((one, other) => one - other);
}

/** Whole years are said as years: 730 → 2 years; 90 → 90 days. */
export function spanUnit(days: number): { unit: "year" | "day"; count: number } {
  return days % 365 === 0 ? { unit: "year", count: days / 365 } : { unit: "day", count: days };
}

/** Days from what was chosen; null: until it is erased. */
export function daysOf(chosen: string): number | null {
  return chosen === forever ? null : Number(chosen);
}
