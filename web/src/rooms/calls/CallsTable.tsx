// Calls as a table, for wide screens.
import { Avatar, Badge, Box, Card, Group, Stack, Table, Text } from "@mantine/core";
import { IconPhoneOutgoing, IconWorld } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CallRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useIsFresh } from "@/lib/live";
import { When } from "@/ui/When";
import { CallPill } from "./CallPill";
import { useCaller } from "./caller";
import classes from "./Calls.module.css";

export function CallsTable({ calls }: { calls: CallRow[] }) {
  const { t } = useTranslation();
  return (
    <Card padding={0} className={classes.tableCard}>
      <Table highlightOnHover layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="25%">{t("calls.caller")}</Table.Th>
            <Table.Th>{t("calls.summary")}</Table.Th>
            <Table.Th w={158}>{t("calls.outcome")}</Table.Th>
            <Table.Th w={146}>{t("calls.when")}</Table.Th>
            <Table.Th w={108} ta="end">{t("calls.duration")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => <CallTableRow key={call.id} call={call} />)}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function CallTableRow({ call }: { call: CallRow }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const format = useFormat();
  const label = useLabel();
  const fresh = useIsFresh(call.id);
  const caller = useCaller()(call);
  return (
    <Table.Tr
      className={classes.row}
      data-fresh={fresh || undefined}
      data-call-id={call.id}
      data-external-id={call.external_id}
      onClick={() => void navigate({ to: "/calls/$id", params: { id: call.id } })}
    >
      <Table.Td>
        <Group gap="sm" wrap="nowrap">
          <CallerAvatar call={call} name={caller.initials} />
          <Box miw={0}>
            <Link to="/calls/$id" params={{ id: call.id }} className={classes.name} onClick={(event) => event.stopPropagation()}>
              {caller.title}
            </Link>
            {caller.number ? <Text size="xs" c="dimmed" className="tabular" truncate>{caller.number}</Text> : null}
          </Box>
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="sm" truncate c={call.summary ? undefined : "dimmed"}>{call.summary ?? (call.is_final ? t("calls.withoutSummary") : t("calls.noSummary"))}</Text>
        <Group gap={6} mt={2}>
          {call.intent ? <Text size="xs" c="dimmed">{label("intent", call.intent)}</Text> : null}
          {call.is_test ? <Badge size="xs" variant="default">{t("call.test")}</Badge> : null}
        </Group>
      </Table.Td>
      <Table.Td><CallPill call={call} /></Table.Td>
      <Table.Td>
        <Stack gap={0}>
          <When at={call.started_at} size="sm" />
          <Text size="xs" c="dimmed">{format.short(call.started_at)}</Text>
        </Stack>
      </Table.Td>
      <Table.Td ta="end" className="tabular"><Text size="sm">{format.duration(call.duration_ms)}</Text></Table.Td>
    </Table.Tr>
  );
}

export function CallerAvatar({ call, name }: { call: CallRow; name: string | null }) {
  const { t } = useTranslation();
  const badge = call.channel === "web"
    ? <IconWorld size={12} aria-label={t("call.web")} />
    : call.direction === "OUTBOUND" ? <IconPhoneOutgoing size={12} aria-label={t("call.outbound")} /> : null;
  return (
    <span className={classes.avatar}>
      <Avatar name={name ?? undefined} size={38} color="pine" variant="light" alt="" />
      {badge ? <span className={classes.avatarBadge}>{badge}</span> : null}
    </span>
  );
}
