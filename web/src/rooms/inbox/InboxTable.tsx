// Received events as a table, and as cards on a telephone.
import { Anchor, Card, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { InboxRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, humanise, useLabel } from "@/lib/labels";
import { useIsFresh } from "@/lib/live";
import { When } from "@/ui/When";
import { EventMenu } from "./EventMenu";
import { InboxPill } from "./InboxPill";
import rows from "@/ui/Rows.module.css";
import classes from "./Inbox.module.css";

export function InboxTable({ events }: { events: InboxRow[] }) {
  const { t } = useTranslation();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={rows.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={150}>{t("inbox.received")}</Table.Th>
            <Table.Th w={170}>{t("inbox.event")}</Table.Th>
            <Table.Th w={130}>{t("inbox.state")}</Table.Th>
            <Table.Th>{t("inbox.reason")}</Table.Th>
            <Table.Th w={176} ta="end">{t("inbox.size")}</Table.Th>
            <Table.Th w={86}>{t("inbox.call")}</Table.Th>
            <Table.Th w={64} aria-label={t("inbox.menu")} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => <InboxTableRow key={event.id} event={event} />)}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function InboxTableRow({ event }: { event: InboxRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const fresh = useIsFresh(event.id);
  return (
    <Table.Tr className={classes.event} data-fresh={fresh || undefined} data-event-id={event.id}>
      <Table.Td>
        <Stack gap={0}>
          <When at={event.received_at} size="sm" />
          <Text size="xs" c="dimmed" truncate>{format.short(event.received_at)}</Text>
        </Stack>
      </Table.Td>
      <Table.Td>
        <Text size="sm" fw={600} lineClamp={2}>{label("event", event.event_name)}</Text>
        <Text size="xs" c="dimmed" truncate>
          {[humanise(event.provider), event.revision > 0 ? t("inbox.revisionOf", { number: event.revision }) : null].filter(Boolean).join(" · ")}
        </Text>
      </Table.Td>
      <Table.Td><InboxPill state={event.state} /></Table.Td>
      <Table.Td>
        <Text size="sm" c={event.reason ? undefined : "dimmed"}>{event.reason ? label("inboxReason", event.reason, asIs) : "—"}</Text>
        {event.attempts > 0 ? <Text size="xs" c="dimmed">{t("inbox.failedTimes", { count: event.attempts })}</Text> : null}
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        {format.bytes(event.size_bytes)}
        <KeptUntil event={event} />
      </Table.Td>
      <Table.Td><CallLink event={event} short /></Table.Td>
      <Table.Td ta="end" pe="xs"><EventMenu event={event} /></Table.Td>
    </Table.Tr>
  );
}

/** Until when the event can be looked at as it came. */
function KeptUntil({ event }: { event: InboxRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Text size="xs" c="dimmed">
      {event.kept_until ? t("inbox.keptUntil", { until: format.day(event.kept_until) }) : t("inbox.notKept")}
    </Text>
  );
}

function CallLink({ event, short = false }: { event: InboxRow; short?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!event.call_id) return <Text size="sm" c="dimmed">—</Text>;
  return (
    <Anchor
      component={Link} to="/calls/$id" params={{ id: event.call_id } as never} size="sm" underline="always"
      aria-label={t("inbox.openCallOf", { time: format.short(event.received_at) })}
    >
      {short ? t("inbox.open") : t("inbox.openCall")}
    </Anchor>
  );
}

export function InboxCards({ events }: { events: InboxRow[] }) {
  return (
    <Card padding={0} component="ul" className={rows.cards}>
      {events.map((event) => <InboxCard key={event.id} event={event} />)}
    </Card>
  );
}

function InboxCard({ event }: { event: InboxRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const fresh = useIsFresh(event.id);
  const facts = [
    humanise(event.provider),
    format.bytes(event.size_bytes),
    event.revision > 0 ? t("inbox.revisionOf", { number: event.revision }) : null,
    event.attempts > 0 ? t("inbox.failedTimes", { count: event.attempts }) : null,
    event.kept_until ? t("inbox.keptUntil", { until: format.day(event.kept_until) }) : t("inbox.notKept"),
  ];
  return (
    <li className={`${rows.card} ${classes.event}`} data-fresh={fresh || undefined} data-event-id={event.id}>
      <Group justify="space-between" wrap="nowrap" gap="sm" mb={2}>
        <Text fw={600} size="sm" truncate>{label("event", event.event_name)}</Text>
        <Group gap={4} wrap="nowrap" style={{ flex: "none" }}>
          <InboxPill state={event.state} />
          <EventMenu event={event} />
        </Group>
      </Group>
      <Text size="xs" c="dimmed" component="div">
        <When at={event.received_at} size="xs" inherit /> · {facts.filter(Boolean).join(" · ")}
      </Text>
      {event.reason ? <Text size="sm" mt={6}>{label("inboxReason", event.reason, asIs)}</Text> : null}
      {event.call_id ? <Group mt={4}><CallLink event={event} /></Group> : null}
    </li>
  );
}
