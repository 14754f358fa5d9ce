// Agencies: resellers that hold tenants of their own, for the operator.
import { Button, Card, Table, Text, useMatches } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBriefcase, IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { AgencyRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { agenciesQuery } from "./api";
import classes from "./Agencies.module.css";
import { NameDialog } from "./NameDialog";

export function AgenciesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const narrow = useMatches({ base: true, md: false });
  const [adding, { open, close }] = useDisclosure(false);
  const query = useInfiniteQuery(agenciesQuery());
  const agencies = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? AgencyCards : AgenciesTable;
  const add = <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={open}>{t("agencies.add")}</Button>;
  return (
    <Page title={t("agencies.title")} subtitle={t("agencies.subtitle")} actions={add}>
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && agencies.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && agencies.length === 0 ? (
        <Card padding={0}>
          <Notice icon={IconBriefcase} title={t("agencies.empty")} action={add}>{t("agencies.emptyText")}</Notice>
        </Card>
      ) : null}
      {agencies.length > 0 ? (
        <>
          <List agencies={agencies} />
          <LoadMore
            shown={agencies.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
      <NameDialog
        opened={adding} onClose={close} agency={null}
        onDone={({ id }) => void navigate({ to: "/admin/agencies/$id", params: { id }, search: {} })}
      />
    </Page>
  );
}

function AgenciesTable({ agencies }: { agencies: AgencyRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("agencies.name")}</Table.Th>
            <Table.Th ta="end">{t("agencies.tenants")}</Table.Th>
            <Table.Th ta="end">{t("agencies.admins")}</Table.Th>
            <Table.Th>{t("agencies.since")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agencies.map((agency) => (
            <Table.Tr
              key={agency.id} className={classes.row} data-agency={agency.id}
              onClick={() => void navigate({ to: "/admin/agencies/$id", params: { id: agency.id }, search: {} })}
            >
              <Table.Td>
                <Link to="/admin/agencies/$id" params={{ id: agency.id }} className={classes.name} onClick={(event) => event.stopPropagation()}>
                  {agency.name}
                </Link>
              </Table.Td>
              <Table.Td ta="end" className="tabular">{format.number(agency.tenants)}</Table.Td>
              <Table.Td ta="end" className="tabular">{format.number(agency.admins)}</Table.Td>
              <Table.Td>{format.day(agency.created_at)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function AgencyCards({ agencies }: { agencies: AgencyRow[] }) {
  const { t } = useTranslation();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {agencies.map((agency) => (
        <li key={agency.id} data-agency={agency.id}>
          <Link to="/admin/agencies/$id" params={{ id: agency.id }} className={classes.card}>
            <Text fw={600} size="sm" truncate>{agency.name}</Text>
            <Text size="xs" c="dimmed">
              {[t("agencies.tenantsCount", { count: agency.tenants }), t("agencies.adminsCount", { count: agency.admins })].join(" · ")}
            </Text>
          </Link>
        </li>
      ))}
    </Card>
  );
}
