// The newest received events, each of which can be sent again.
import { Anchor, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { humanise, useLabel } from "@/lib/labels";
import { newestQuery } from "@/rooms/inbox/api";
import { EventMenu } from "@/rooms/inbox/EventMenu";
import { InboxPill } from "@/rooms/inbox/InboxPill";
import { useTenant } from "@/rooms/people/session";
import { Section } from "@/ui/Section";
import { ErrorState } from "@/ui/States";
import { When } from "@/ui/When";
import classes from "@/ui/Rows.module.css";

const SHOWN = 8;

export function StoredEvents() {
  const { t } = useTranslation();
  const label = useLabel();
  const query = useQuery(newestQuery(useTenant(), SHOWN));
  const events = query.data?.items ?? [];
  return (
    <Section
      title={t("lab.stored")} flush
      aside={<Anchor component={Link} to="/inbox" size="sm" underline="always">{t("lab.allStored")}</Anchor>}
    >
      <Text size="sm" c="dimmed" px="lg" pb="sm">{t("lab.storedText")}</Text>
      {query.isPending ? <Skeleton height={180} mx="lg" mb="lg" w="auto" aria-busy="true" /> : null}
      {query.isError && !query.data ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isSuccess && events.length === 0 ? <Text size="sm" px="lg" pb="lg">{t("inbox.empty")}</Text> : null}
      <ul className={classes.cards} style={{ padding: 0 }}>
        {events.map((event) => (
          <li key={event.id} className={classes.card} data-event-id={event.id}>
            <Group justify="space-between" wrap="nowrap" gap="sm" px={4}>
              <Stack gap={0} miw={0}>
                <Text size="sm" fw={600} truncate>{label("event", event.event_name)}</Text>
                <Text size="xs" c="dimmed" truncate component="div">{humanise(event.provider)} · <When at={event.received_at} size="xs" inherit /></Text>
              </Stack>
              <Group gap="xs" wrap="nowrap" style={{ flex: "none" }}>
                <InboxPill state={event.state} />
                <EventMenu event={event} />
              </Group>
            </Group>
          </li>
        ))}
      </ul>
    </Section>
  );
}
