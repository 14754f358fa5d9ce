// The rows of the log: a table, or cards on a telephone.
import { Anchor, Card, Group, Stack, Table, Text, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { AuditRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { humanise, useLabel } from "@/lib/labels";
import classes from "@/ui/Rows.module.css";
import { When } from "@/ui/When";
import { Actor, useActorName } from "./Actor";
import { placeOf, plainDetails } from "./words";

type ListProps = { rows: AuditRow[]; isPlatform: boolean; onActor: (actor: string) => void };

export function AuditTable({ rows, isPlatform, onActor }: ListProps) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={180}>{t("audit.when")}</Table.Th>
            <Table.Th w={270}>{t("audit.who")}</Table.Th>
            <Table.Th>{t("audit.what")}</Table.Th>
            <Table.Th w={90} ta="end">{t("audit.place")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id} data-audit-id={row.id}>
              <Table.Td>
                <Stack gap={0}>
                  <Text size="sm">{format.short(row.at)}</Text>
                  <When at={row.at} size="xs" c="dimmed" />
                </Stack>
              </Table.Td>
              <Table.Td><ActorButton row={row} onActor={onActor} /></Table.Td>
              <Table.Td><What row={row} isPlatform={isPlatform} /></Table.Td>
              <Table.Td ta="end" className="tabular"><Text size="xs" c="dimmed">{row.seq == null ? "—" : format.number(row.seq)}</Text></Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

export function AuditCards({ rows, isPlatform, onActor }: ListProps) {
  const format = useFormat();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {rows.map((row) => (
        <li key={row.id} className={classes.card} data-audit-id={row.id}>
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm" mb={6}>
            <ActorButton row={row} onActor={onActor} />
            <Text size="xs" c="dimmed" style={{ flex: "none" }} pt={6}>{format.short(row.at)}</Text>
          </Group>
          <What row={row} isPlatform={isPlatform} />
        </li>
      ))}
    </Card>
  );
}

/** Pressed, the log shows what this one did. */
function ActorButton({ row, onActor }: { row: AuditRow; onActor: (actor: string) => void }) {
  const { t } = useTranslation();
  const name = useActorName()(row.actor);
  const title = t("audit.onlyOf", { name });
  return (
    <UnstyledButton onClick={() => onActor(`${row.actor.kind}:${row.actor.id}`)} title={title} aria-label={title}>
      <Actor actor={row.actor} />
    </UnstyledButton>
  );
}

/** What was done, to what, and what else is known of it. */
function What({ row, isPlatform }: { row: AuditRow; isPlatform: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const place = placeOf(row.object.kind, row.object.id, isPlatform);
  const kind = label("auditObject", row.object.kind);
  const details = plainDetails(row.details);
  return (
    <Stack gap={2}>
      <Group gap={8}>
        <Text size="sm">{label("auditAction", row.action)}</Text>
        {place ? (
          <Anchor component={Link} to={place.to} params={place.params as never} size="sm" aria-label={t("audit.openNamed", { kind })}>
            {t("audit.open")}
          </Anchor>
        ) : null}
      </Group>
      {details.length > 0 ? (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {details.map(([name, value]) => `${label("auditDetail", name, humanise)}: ${value}`).join(" · ")}
        </Text>
      ) : null}
    </Stack>
  );
}
