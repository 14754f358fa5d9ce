// What an erasure counts, in words; what there is none of is left out.
import { useTranslation } from "react-i18next";
import type { ErasureRow } from "@/lib/api";
import { useFormat } from "@/lib/format";

/** `{ calls: 3, texts: 0 }` → `["3 calls"]`. */
export function useCounted(): (counts: ErasureRow["counts"]) => string[] {
  const { t } = useTranslation();
  const format = useFormat();
  const of = (count: number) => ({ count, number: format.number(count) });
  return (counts) => [
    counts.calls > 0 && t("privacy.counted_calls", of(counts.calls)),
    counts.transcripts > 0 && t("privacy.counted_transcripts", of(counts.transcripts)),
    counts.recordings > 0 && t("privacy.counted_recordings", of(counts.recordings)),
    counts.texts > 0 && t("privacy.counted_texts", of(counts.texts)),
    counts.events > 0 && t("privacy.counted_events", of(counts.events)),
    counts.deliveries > 0 && t("privacy.counted_deliveries", of(counts.deliveries)),
    counts.mails > 0 && t("privacy.counted_mails", of(counts.mails)),
    counts.held > 0 && t("privacy.counted_held", of(counts.held)),
    counts.contacts > 0 && t("privacy.counted_contacts", of(counts.contacts)),
  ].filter((line): line is string => typeof line === "string");
}
