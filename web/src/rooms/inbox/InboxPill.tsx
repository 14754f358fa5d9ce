// The state of a received event.
import { IconAlertTriangle, IconCheck, IconClock, IconFileUnknown, IconMinus } from "@tabler/icons-react";
import { useLabel } from "@/lib/labels";
import { type Look, Pill } from "@/ui/Pill";

const looks: Record<string, Look> = {
  pending: { tone: "info", icon: IconClock },
  folded: { tone: "good", icon: IconCheck },
  ignored: { tone: "quiet", icon: IconMinus },
  superseded: { tone: "quiet", icon: IconMinus },
  unprocessable: { tone: "bad", icon: IconFileUnknown },
  failed: { tone: "bad", icon: IconAlertTriangle },
};

export function InboxPill({ state }: { state: string }) {
  const label = useLabel();
  const look = looks[state] ?? { tone: "quiet", icon: IconClock };
  return <Pill {...look}>{label("inboxState", state)}</Pill>;
}
