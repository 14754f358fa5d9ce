// Who called: a name if one is known, else the number, else that it was hidden.
import { useTranslation } from "react-i18next";
import type { CallRow } from "@/lib/api";
import { useFormat } from "@/lib/format";

export type Caller = { title: string; number: string | null; initials: string | null };

/** The other side of the call, for inbound and outbound calls alike. */
export function useCaller(): (call: CallRow, fallbackName?: string | null) => Caller {
  const { t } = useTranslation();
  const format = useFormat();
  return (call, fallbackName) => {
    const other = call.direction === "OUTBOUND" ? call.to_number : call.from_number;
    const number = format.phone(other);
    const name = call.contact?.name ?? fallbackName ?? null;
    const title = name ?? number ?? (call.channel === "web" ? t("call.webCaller") : t("call.hiddenNumber"));
    return { title, number: name ? number : null, initials: name };
  };
}
