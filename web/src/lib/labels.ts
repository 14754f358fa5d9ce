// Words for the server's closed sets (states, outcomes, codes). A value this build does not know
// yet is shown readably instead of as a key.
import { useTranslation } from "react-i18next";

/** `NO_ANSWER` or `no_answer` → `No answer`. */
export function humanise(value: string): string {
  const words = value.replace(/^call\./, "").replace(/[_\-.]+/g, " ").trim().toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `label("outcome", "BOOKED")` reads the key `outcome.BOOKED`. */
export function useLabel(): (group: string, value: string) => string {
  const { t } = useTranslation();
  return (group, value) =>
    t(`${group}.${value.replaceAll(".", "-")}`, { defaultValue: humanise(value) });
}
