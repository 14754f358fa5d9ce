// Requests that were not let in, what to do about each, and until when they are held.
import { Box, Button, Card, Group, Stack, Table, Text, useMatches } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { HeldRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, humanise, useLabel } from "@/lib/labels";
import { useWords } from "@/lib/words";
import { providersQuery } from "@/rooms/connections/api";
import { useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { When } from "@/ui/When";
import { heldQuery } from "./api";
import classes from "@/ui/Rows.module.css";

export function HeldPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const narrow = useMatches({ base: true, md: false });
  const query = useInfiniteQuery(heldQuery(tenant));
  const held = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? HeldCards : HeldTable;
  return (
    <Page title={t("held.title")} subtitle={t("held.subtitle")} back={{ to: "/connect", label: t("connect.title") }}>
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && held.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && held.length === 0 ? (
        <Card padding={0}>
          <Notice
            icon={IconShieldCheck} title={t("held.empty")}
            action={<Button variant="default" component={Link} to="/inbox">{t("held.toInbox")}</Button>}
          >
            {t("held.emptyText")}
          </Notice>
        </Card>
      ) : null}
      {held.length > 0 ? (
        <>
          <List held={held} />
          <LoadMore shown={held.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} />
        </>
      ) : null}
    </Page>
  );
}

/** The provider's name for people; its own code until that is known. */
function useProviderTitle(): (name: string) => string {
  const { data } = useQuery(providersQuery(useTenant()));
  return (name) => data?.items.find((provider) => provider.name === name)?.title ?? humanise(name);
}

/** What to do, and why it was not let in. */
function Advice({ row }: { row: HeldRow }) {
  const label = useLabel();
  const words = useWords();
  return (
    <Box>
      <Text size="sm">{words({ en: row.advice_en, fr: row.advice_fr })}</Text>
      <Text size="xs" c="dimmed" mt={2}>{label("refusalReason", row.reason, asIs)}</Text>
    </Box>
  );
}

function HeldTable({ held }: { held: HeldRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titleOf = useProviderTitle();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={160}>{t("held.received")}</Table.Th>
            <Table.Th w={150}>{t("held.provider")}</Table.Th>
            <Table.Th>{t("held.advice")}</Table.Th>
            <Table.Th w={90} ta="end">{t("held.size")}</Table.Th>
            <Table.Th w={160}>{t("held.until")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {held.map((row) => (
            <Table.Tr key={row.id} data-held-id={row.id}>
              <Table.Td><Instant at={row.received_at} /></Table.Td>
              <Table.Td><Text size="sm" fw={600}>{titleOf(row.provider)}</Text></Table.Td>
              <Table.Td><Advice row={row} /></Table.Td>
              <Table.Td ta="end" className="tabular">{format.bytes(row.size_bytes)}</Table.Td>
              <Table.Td><Instant at={row.held_until} /></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function Instant({ at }: { at: string }) {
  const format = useFormat();
  return (
    <Stack gap={0}>
      <When at={at} size="sm" />
      <Text size="xs" c="dimmed" truncate>{format.short(at)}</Text>
    </Stack>
  );
}

function HeldCards({ held }: { held: HeldRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const titleOf = useProviderTitle();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {held.map((row) => (
        <li key={row.id} className={classes.card} data-held-id={row.id}>
          <Group justify="space-between" wrap="nowrap" gap="sm" mb={4}>
            <Text fw={600} size="sm" truncate>{titleOf(row.provider)}</Text>
            <When at={row.received_at} size="xs" c="dimmed" style={{ flex: "none" }} />
          </Group>
          <Advice row={row} />
          <Text size="xs" c="dimmed" mt={6}>{format.bytes(row.size_bytes)} · {t("held.heldUntil", { until: format.short(row.held_until) })}</Text>
        </li>
      ))}
    </Card>
  );
}
