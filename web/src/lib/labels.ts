// Words for the server's closed sets (states, outcomes, codes). A value this build does not know
// yet is shown readably instead of as a key.
import { useTranslation } from "react-i18next";

/** `NO_ANSWER` or `no_answer` → `No answer`. */
export function humanise(value: string): string {
  const words = value.replace(/^call\./, "").replace(/[_\-.]+/g, " ").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** For codes that one may want to look up: `label("refusalReason", code, asIs)`. */
export const asIs = (value: string): string => value;

/** `label("outcome", "BOOKED")` reads the key `outcome.BOOKED`; `unknown` words what this build does not know. */
export function useLabel(): (group: string, value: string, unknown?: (value: string) => string) => string {
  const { t } = useTranslation();
  return (group, value, unknown = humanise) =>
    t(`${group}.${value.replaceAll(".", "-")}`, { defaultValue: unknown(value) });
}
