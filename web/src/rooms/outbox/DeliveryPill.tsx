// The state of a delivery.
import { IconAlertOctagon, IconCheck, IconClock, IconPlayerPause, IconRefresh } from "@tabler/icons-react";
import { useLabel } from "@/lib/labels";
import { type Look, Pill } from "@/ui/Pill";

const looks: Record<string, Look> = {
  pending: { tone: "info", icon: IconClock },
  retrying: { tone: "warn", icon: IconRefresh },
  parked: { tone: "quiet", icon: IconPlayerPause },
  delivered: { tone: "good", icon: IconCheck },
  dead: { tone: "bad", icon: IconAlertOctagon },
};

export function DeliveryPill({ state }: { state: string }) {
  const label = useLabel();
  const look = looks[state] ?? { tone: "quiet", icon: IconClock };
  return <Pill {...look}>{label("deliveryState", state)}</Pill>;
}
