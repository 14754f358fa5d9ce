// Keys as rows, and as cards on a telephone.
import { Card, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconBan, IconCheck, IconClock, IconHourglassEmpty } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { KeyRow, MadeKey } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession } from "@/rooms/people/session";
import { type Look, Pill } from "@/ui/Pill";
import { When } from "@/ui/When";
import { isGood } from "./api";
import { KeyMenu } from "./KeyMenu";
import { choiceOf } from "./scopes";
import classes from "@/ui/Rows.module.css";

type KeysProps = { keys: KeyRow[]; onMade: (made: MadeKey) => void };

const looks: Record<string, Look> = {
  good: { tone: "good", icon: IconCheck },
  replaced: { tone: "warn", icon: IconHourglassEmpty },
  expired: { tone: "quiet", icon: IconClock },
  revoked: { tone: "quiet", icon: IconBan },
};

function Status({ row }: { row: KeyRow }) {
  const label = useLabel();
  return <Pill {...(looks[row.status] ?? { tone: "quiet", icon: IconClock })}>{label("keyStatus", row.status)}</Pill>;
}

/** “Read only”, “The usual”, or the first of its rights and how many more. */
function Scopes({ row }: { row: KeyRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { me } = useSession();
  const words = row.scopes.map((scope) => label("scope", scope));
  const choice = choiceOf(row.scopes, me.permissions);
  const text = choice === "chosen" ? words.slice(0, 2).join(", ") : label("keyChoice", choice);
  const more = choice === "chosen" ? words.length - 2 : 0;
  return (
    <Tooltip label={words.join(" · ")} multiline maw={340} events={{ hover: true, focus: true, touch: true }}>
      <Text size="sm" tabIndex={0} aria-label={words.join(", ")}>
        {text}{more > 0 ? <Text span c="dimmed" size="sm"> {t("keys.more", { count: more })}</Text> : null}
      </Text>
    </Tooltip>
  );
}

/** When it ends, or ended: by the minute where that is soon or was, else the day. */
function useEnd(): (row: KeyRow) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (row) => {
    const at = row.revoked_at ?? row.expires_at;
    if (!at) return t("keys.never");
    return row.status === "good" ? format.day(at) : format.dateTime(at);
  };
}

/** Who made it: a name, or what kind of maker. */
function useMaker(): (row: KeyRow) => string {
  const label = useLabel();
  return ({ created_by: by }) => by.name ?? label("keyMaker", by.kind);
}

export function KeysTable({ keys, onMade }: KeysProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const [endOf, makerOf] = [useEnd(), useMaker()];
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table layout="fixed" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("keys.name")}</Table.Th>
            <Table.Th>{t("keys.scopes")}</Table.Th>
            <Table.Th w={140}>{t("keys.lastUse")}</Table.Th>
            <Table.Th w={150}>{t("keys.ends")}</Table.Th>
            <Table.Th w={190}>{t("keys.status")}</Table.Th>
            <Table.Th w={70} aria-label={t("keys.actionsColumn")} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {keys.map((row) => (
            <Table.Tr key={row.id} data-key-id={row.id}>
              <Table.Td>
                <Text size="sm" fw={600} lineClamp={2} style={{ overflowWrap: "anywhere" }}>{row.name}</Text>
                <Text size="xs" c="dimmed" ff="monospace">{row.prefix}…</Text>
                <Text size="xs" c="dimmed">{t("keys.made", { who: makerOf(row), date: format.day(row.created_at) })}</Text>
              </Table.Td>
              <Table.Td>
                <Scopes row={row} />
                {row.rate_per_minute === null ? null : <Text size="xs" c="dimmed">{t("keys.perMinute", { rate: format.number(row.rate_per_minute) })}</Text>}
              </Table.Td>
              <Table.Td>{row.last_used_at ? <When at={row.last_used_at} size="sm" /> : <Text size="sm" c="dimmed">{t("keys.neverUsed")}</Text>}</Table.Td>
              <Table.Td><Text size="sm">{endOf(row)}</Text></Table.Td>
              <Table.Td><Status row={row} /></Table.Td>
              <Table.Td ta="end">{may("keys.manage") && isGood(row) ? <KeyMenu row={row} onMade={onMade} /> : null}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

export function KeyCards({ keys, onMade }: KeysProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const [endOf, makerOf] = [useEnd(), useMaker()];
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {keys.map((row) => (
        <li key={row.id} className={classes.card} data-key-id={row.id}>
          <Group justify="space-between" wrap="nowrap" align="flex-start" gap="sm">
            <Stack gap={0} miw={0}>
              <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>{row.name}</Text>
              <Text size="xs" c="dimmed" ff="monospace">{row.prefix}…</Text>
            </Stack>
            <Group gap={4} wrap="nowrap" align="flex-start">
              <Status row={row} />
              {may("keys.manage") && isGood(row) ? <KeyMenu row={row} onMade={onMade} /> : null}
            </Group>
          </Group>
          <Stack gap={2} mt={6}>
            <Scopes row={row} />
            <Text size="xs" c="dimmed">
              {t("keys.facts", { used: row.last_used_at ? format.short(row.last_used_at) : t("keys.neverUsed"), ends: endOf(row) })}
            </Text>
            <Text size="xs" c="dimmed">{t("keys.made", { who: makerOf(row), date: format.day(row.created_at) })}</Text>
          </Stack>
        </li>
      ))}
    </Card>
  );
}
