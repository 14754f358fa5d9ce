// What was understood from the call.
import { useTranslation } from "react-i18next";
import type { CallDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { Details, type Detail } from "@/ui/Details";
import { recordingSource } from "./api";

export function CallFacts({ call }: { call: CallDetail }) {
  const tenant = useTenant();
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  const yesNo = (value: boolean) => (value ? t("value.yes") : t("value.no"));
  const words = (value: unknown): string => {
    if (typeof value === "boolean") return yesNo(value);
    if (typeof value === "string") {
      if (looksLikeInstant(value)) return format.dateTime(value);
      return /^[a-z]+$/.test(value) ? label("structuredValue", value) : value;
    }
    if (Array.isArray(value)) return value.map(words).join(", ");
    if (typeof value === "object" && value !== null) return JSON.stringify(value);
    return String(value);
  };
  const structured: Detail[] = Object.entries(call.structured ?? {})
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => ({ name: label("structured", snake(name)), value: words(value) }));
  const latency = call.latency?.e2e_p50_ms;
  const items: Detail[] = [
    { name: t("call.customer"), value: call.customer_name },
    { name: t("call.appointment"), value: call.appointment_at ? words(call.appointment_at) : null },
    { name: t("call.intent"), value: call.intent ? label("intent", call.intent) : null },
    { name: t("call.status"), value: label("callStatus", call.status) },
    { name: t("call.from"), value: format.phone(call.from_number) },
    { name: t("call.to"), value: format.phone(call.to_number) },
    { name: t("call.ended"), value: call.disconnection_reason ? label("disconnection", call.disconnection_reason) : null },
    { name: t("call.latency"), value: latency == null ? null : format.milliseconds(latency) },
    {
      name: t("call.recording"),
      value: call.recording_url ? (
        <audio controls preload="none" src={recordingSource(tenant, call.recording_url)} aria-label={t("call.recording")} style={{ maxWidth: "100%", height: 36 }} />
      ) : null,
    },
    ...structured,
  ];
  return <Details items={items} />;
}

/** `callerName` and `Caller name` → `caller_name`. */
function snake(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1_$2").replace(/[\s.-]+/g, "_").toLowerCase();
}

function looksLikeInstant(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text) && !Number.isNaN(Date.parse(text));
}
