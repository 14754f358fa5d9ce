// How a call ended, or where it is if it has not ended.
import { useLabel } from "@/lib/labels";
import type { CallRow } from "@/lib/api";
import { Pill } from "@/ui/Pill";
import { moodLook, outcomeLook, statusLook } from "./looks";

export function CallPill({ call }: { call: Pick<CallRow, "outcome" | "status"> }) {
  const label = useLabel();
  if (call.outcome) return <Pill {...outcomeLook(call.outcome)}>{label("outcome", call.outcome)}</Pill>;
  return <Pill {...statusLook(call.status)}>{label("callStatus", call.status)}</Pill>;
}

export function MoodPill({ sentiment }: { sentiment: string | null | undefined }) {
  const label = useLabel();
  return sentiment ? <Pill {...moodLook(sentiment)}>{label("sentiment", sentiment)}</Pill> : null;
}
