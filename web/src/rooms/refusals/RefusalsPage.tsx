// Requests that the doors refused, counted by minute, for the operator.
import { Box, Card, Group, Stack, Table, Text, useMatches } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { RefusalRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, humanise, useLabel } from "@/lib/labels";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { When } from "@/ui/When";
import { refusalsQuery } from "./api";
import { doorOf } from "./door";
import classes from "@/ui/Rows.module.css";

export function RefusalsPage() {
  const { t } = useTranslation();
  const narrow = useMatches({ base: true, md: false });
  const query = useInfiniteQuery(refusalsQuery());
  const refusals = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? RefusalCards : RefusalsTable;
  return (
    <Page title={t("refusals.title")} subtitle={t("refusals.subtitle")}>
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && refusals.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && refusals.length === 0 ? (
        <Card padding={0}><Notice icon={IconShieldCheck} title={t("refusals.empty")}>{t("refusals.emptyText")}</Notice></Card>
      ) : null}
      {refusals.length > 0 ? (
        <>
          <List refusals={refusals} />
          <LoadMore
            shown={refusals.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
    </Page>
  );
}

const keyOf = ({ minute, door, reason }: RefusalRow) => `${minute} ${door} ${reason}`;

function RefusalsTable({ refusals }: { refusals: RefusalRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={190}>{t("refusals.minute")}</Table.Th>
            <Table.Th w={260}>{t("refusals.door")}</Table.Th>
            <Table.Th>{t("refusals.reason")}</Table.Th>
            <Table.Th w={110} ta="end">{t("refusals.count")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {refusals.map((refusal) => (
            <Table.Tr key={keyOf(refusal)} data-refusal={refusal.reason}>
              <Table.Td>
                <Stack gap={0}>
                  <Text size="sm">{format.short(refusal.minute)}</Text>
                  <When at={refusal.minute} size="xs" c="dimmed" />
                </Stack>
              </Table.Td>
              <Table.Td>
                <Text size="sm"><Door name={refusal.door} /></Text>
                <Text size="xs" c="dimmed" ff="monospace">{refusal.door}</Text>
              </Table.Td>
              <Table.Td><Reason code={refusal.reason} /></Table.Td>
              <Table.Td ta="end" className="tabular"><Text size="sm" fw={600}>{format.number(refusal.count)}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

/** “Retell · connection’s address”. */
function Door({ name }: { name: string }) {
  const label = useLabel();
  const { kind, provider } = doorOf(name);
  return [provider ? humanise(provider) : null, label("doorKind", kind, asIs)].filter(Boolean).join(" · ");
}

function Reason({ code }: { code: string }) {
  const label = useLabel();
  const words = label("refusalReason", code, asIs);
  return (
    <Box>
      <Text size="sm">{words}</Text>
      {words === code ? null : <Text size="xs" c="dimmed" ff="monospace">{code}</Text>}
    </Box>
  );
}

function RefusalCards({ refusals }: { refusals: RefusalRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {refusals.map((refusal) => (
        <li key={keyOf(refusal)} className={classes.card} data-refusal={refusal.reason}>
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
            <Reason code={refusal.reason} />
            <Text size="sm" fw={600} className="tabular" style={{ flex: "none" }}>{t("refusals.times", { count: refusal.count })}</Text>
          </Group>
          <Text size="xs" c="dimmed" mt={4}><Door name={refusal.door} /> · {format.short(refusal.minute)}</Text>
        </li>
      ))}
    </Card>
  );
}
