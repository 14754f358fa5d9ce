// Deliveries as lines that lead to their pages; the same on wide and narrow screens.
import { Box, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { DeliveryRow } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { When } from "@/ui/When";
import { DeliveryPill } from "./DeliveryPill";
import classes from "./Outbox.module.css";
import { endpointName } from "./words";

export function DeliveryList({ deliveries }: { deliveries: DeliveryRow[] }) {
  const label = useLabel();
  return (
    <ul className={classes.lines}>
      {deliveries.map((delivery) => (
        <li key={delivery.id}>
          <Link to="/deliveries/$id" params={{ id: delivery.id }} className={classes.line}>
            <Box miw={0} flex={1}>
              <Text size="sm" fw={600} truncate>{endpointName(delivery.endpoint)}</Text>
              <Group gap={6} wrap="nowrap">
                <Text size="xs" c="dimmed" truncate>{label("eventType", delivery.event_type)}</Text>
                <When at={delivery.delivered_at ?? delivery.created_at} size="xs" c="dimmed" style={{ flex: "none" }} />
              </Group>
            </Box>
            <DeliveryPill state={delivery.state} />
          </Link>
        </li>
      ))}
    </ul>
  );
}
