// What the people of a tenant were told by mail, and whether it was taken.
import { Card, Group, Stack, Table, Text, useMatches } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconMail } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { MailRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { LoadMore } from "@/ui/LoadMore";
import { Page } from "@/ui/Page";
import { type Look, Pill } from "@/ui/Pill";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { When } from "@/ui/When";
import { mailsQuery } from "./api";
import classes from "@/ui/Rows.module.css";

export function MailsPage() {
  const { t } = useTranslation();
  const narrow = useMatches({ base: true, md: false });
  const query = useInfiniteQuery(mailsQuery(useTenant()));
  const mails = query.data?.pages.flatMap((page) => page.items) ?? [];
  const List = narrow ? MailCards : MailTable;
  return (
    <Page title={t("mails.title")} subtitle={t("mails.subtitle")}>
      {query.isPending ? <ListSkeleton /> : null}
      {query.isError && mails.length === 0 ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && mails.length === 0 ? (
        <Card padding={0}><Notice icon={IconMail} title={t("mails.empty")}>{t("mails.emptyText")}</Notice></Card>
      ) : null}
      {mails.length > 0 ? (
        <>
          <List mails={mails} />
          <LoadMore
            shown={mails.length} hasMore={query.hasNextPage} loading={query.isFetchingNextPage}
            onMore={() => void query.fetchNextPage()}
          />
        </>
      ) : null}
    </Page>
  );
}

const looks: Record<string, Look> = {
  owed: { tone: "info", icon: IconClock },
  sent: { tone: "good", icon: IconCheck },
  failed: { tone: "bad", icon: IconAlertTriangle },
};

/** How it stands, and why where something went wrong. */
function State({ mail }: { mail: MailRow }) {
  const label = useLabel();
  const look = looks[mail.state] ?? { tone: "quiet", icon: IconClock };
  return (
    <Stack gap={4} align="flex-start">
      <Pill {...look}>{label("mailState", mail.state)}</Pill>
      {mail.last_error ? <Text size="xs" c="dimmed">{label("mailReason", mail.last_error, asIs)}</Text> : null}
    </Stack>
  );
}

function MailTable({ mails }: { mails: MailRow[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={170}>{t("mails.owed")}</Table.Th>
            <Table.Th>{t("mails.subject")}</Table.Th>
            <Table.Th w={240}>{t("mails.to")}</Table.Th>
            <Table.Th w={180}>{t("mails.state")}</Table.Th>
            <Table.Th w={90} ta="end">{t("mails.attempts")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {mails.map((mail) => (
            <Table.Tr key={mail.id} data-mail-id={mail.id}>
              <Table.Td>
                <Stack gap={0}>
                  <Text size="sm">{format.short(mail.created_at)}</Text>
                  <When at={mail.created_at} size="xs" c="dimmed" />
                </Stack>
              </Table.Td>
              <Table.Td>
                <Text size="sm" fw={600} lineClamp={2}>{mail.subject}</Text>
                <Text size="xs" c="dimmed">{label("mailKind", mail.kind)}</Text>
              </Table.Td>
              <Table.Td><Text size="sm" style={{ overflowWrap: "anywhere" }}>{mail.to}</Text></Table.Td>
              <Table.Td><State mail={mail} /></Table.Td>
              <Table.Td ta="end" className="tabular">{format.number(mail.attempts)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function MailCards({ mails }: { mails: MailRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {mails.map((mail) => (
        <li key={mail.id} className={classes.card} data-mail-id={mail.id}>
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
            <Text size="sm" fw={600}>{mail.subject}</Text>
            <State mail={mail} />
          </Group>
          <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>
            {mail.to} · {format.short(mail.created_at)} · {t("mails.triedTimes", { count: mail.attempts })}
          </Text>
        </li>
      ))}
    </Card>
  );
}
