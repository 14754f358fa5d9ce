// Where a text that went out stands.
import { IconAlertOctagon, IconCheck, IconChecks, IconClock, IconHelpCircle, IconX } from "@tabler/icons-react";
import { useLabel } from "@/lib/labels";
import { type Look, Pill } from "@/ui/Pill";

const looks: Record<string, Look> = {
  QUEUED: { tone: "info", icon: IconClock },
  ACCEPTED: { tone: "info", icon: IconClock },
  SENT: { tone: "quiet", icon: IconCheck },
  DELIVERED: { tone: "good", icon: IconChecks },
  UNKNOWN: { tone: "warn", icon: IconHelpCircle },
  UNDELIVERED: { tone: "bad", icon: IconAlertOctagon },
  FAILED: { tone: "bad", icon: IconAlertOctagon },
  CANCELED: { tone: "quiet", icon: IconX },
};

export function TextPill({ status }: { status: string }) {
  const label = useLabel();
  const look = looks[status] ?? { tone: "quiet", icon: IconClock };
  return <Pill {...look}>{label("textStatus", status)}</Pill>;
}
