// Deliveries as a table, and as cards on a telephone.
import { Box, Card, Group, Table, Text } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { DeliveryRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useIsFresh } from "@/lib/live";
import { When } from "@/ui/When";
import { DeliveryPill } from "./DeliveryPill";
import classes from "./Outbox.module.css";
import { endpointName, hostOf, useFailureWords } from "./words";

export function DeliveriesTable({ deliveries }: { deliveries: DeliveryRow[] }) {
  const { t } = useTranslation();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table highlightOnHover layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="22%">{t("deliveries.endpoint")}</Table.Th>
            <Table.Th w={164}>{t("deliveries.event")}</Table.Th>
            <Table.Th w={134}>{t("deliveries.state")}</Table.Th>
            <Table.Th w={86} ta="end">{t("deliveries.attempts")}</Table.Th>
            <Table.Th>{t("deliveries.result")}</Table.Th>
            <Table.Th w={128}>{t("deliveries.created")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {deliveries.map((delivery) => <DeliveryTableRow key={delivery.id} delivery={delivery} />)}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function DeliveryTableRow({ delivery }: { delivery: DeliveryRow }) {
  const navigate = useNavigate();
  const label = useLabel();
  const format = useFormat();
  const fresh = useIsFresh(delivery.id);
  return (
    <Table.Tr
      className={classes.row} data-fresh={fresh || undefined} data-delivery-id={delivery.id}
      onClick={() => void navigate({ to: "/deliveries/$id", params: { id: delivery.id } })}
    >
      <Table.Td>
        <Link
          to="/deliveries/$id" params={{ id: delivery.id }} className={classes.rowLink}
          onClick={(event) => event.stopPropagation()}
        >
          {endpointName(delivery.endpoint)}
        </Link>
        <Text size="xs" c="dimmed" truncate>{hostOf(delivery.endpoint.url)}</Text>
      </Table.Td>
      <Table.Td><Text size="sm" truncate>{label("eventType", delivery.event_type)}</Text></Table.Td>
      <Table.Td><DeliveryPill state={delivery.state} /></Table.Td>
      <Table.Td ta="end" className="tabular">{format.number(delivery.attempts_count)}</Table.Td>
      <Table.Td><DeliveryResult delivery={delivery} /></Table.Td>
      <Table.Td><When at={delivery.created_at} size="sm" /></Table.Td>
    </Table.Tr>
  );
}

/** The last error in words, and when it is tried next. */
function DeliveryResult({ delivery }: { delivery: DeliveryRow }) {
  const { t } = useTranslation();
  const failure = useFailureWords()({ error: delivery.last_error, status: delivery.last_status });
  if (delivery.state === "delivered") {
    return (
      <Text size="sm" c="dimmed">
        {delivery.last_status == null ? t("delivery.accepted") : t("delivery.acceptedWith", { status: delivery.last_status })}
      </Text>
    );
  }
  return (
    <Box>
      {failure ? <Text size="sm" className={classes.failure} lineClamp={2}>{failure}</Text> : null}
      {delivery.next_attempt_at ? (
        <Group gap={4}>
          <Text size="xs" c="dimmed">{t("delivery.next")}</Text>
          <When at={delivery.next_attempt_at} size="xs" c="dimmed" />
        </Group>
      ) : failure ? null : <Text size="sm" c="dimmed">—</Text>}
    </Box>
  );
}

export function DeliveryCards({ deliveries }: { deliveries: DeliveryRow[] }) {
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {deliveries.map((delivery) => <DeliveryCard key={delivery.id} delivery={delivery} />)}
    </Card>
  );
}

function DeliveryCard({ delivery }: { delivery: DeliveryRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const fresh = useIsFresh(delivery.id);
  return (
    <li>
      <Link
        to="/deliveries/$id" params={{ id: delivery.id }} className={classes.card}
        data-fresh={fresh || undefined} data-delivery-id={delivery.id}
      >
        <Group justify="space-between" wrap="nowrap" gap="sm" mb={4}>
          <Text fw={600} size="sm" truncate>{endpointName(delivery.endpoint)}</Text>
          <DeliveryPill state={delivery.state} />
        </Group>
        <Group gap={6} mb={6}>
          <Text size="xs" c="dimmed">{label("eventType", delivery.event_type)}</Text>
          <Text size="xs" c="dimmed">·</Text>
          <When at={delivery.created_at} size="xs" c="dimmed" />
          <Text size="xs" c="dimmed">·</Text>
          <Text size="xs" c="dimmed">{t("delivery.attempts", { count: delivery.attempts_count })}</Text>
        </Group>
        <DeliveryResult delivery={delivery} />
      </Link>
    </li>
  );
}
