// Executions of a workflow in few words: how each stands, when it began, and the way to it.
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { IconAlertOctagon, IconCheck, IconClock, IconExternalLink, IconPlayerStop, IconQuestionMark, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ExecutionRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { type Look, Pill } from "@/ui/Pill";
import { When } from "@/ui/When";

const looks: Record<string, Look> = {
  RUNNING: { tone: "info", icon: IconRefresh },
  WAITING: { tone: "info", icon: IconClock },
  SUCCESS: { tone: "good", icon: IconCheck },
  ERROR: { tone: "bad", icon: IconAlertOctagon },
  CANCELED: { tone: "quiet", icon: IconPlayerStop },
};

export function ExecutionList({ executions }: { executions: ExecutionRow[] }) {
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }}>
      {executions.map((execution) => <Item key={execution.id} execution={execution} />)}
    </Stack>
  );
}

function Item({ execution }: { execution: ExecutionRow }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { execution_id: id, url, started_at, stopped_at } = execution;
  const look = looks[execution.status] ?? { tone: "quiet", icon: IconQuestionMark };
  const took = stopped_at ? Date.parse(stopped_at) - Date.parse(started_at) : null;
  return (
    <Group component="li" justify="space-between" gap="xs" data-execution-status={execution.status}>
      <Group gap="xs">
        <Pill {...look}>{label("executionStatus", execution.status)}</Pill>
        {url ? (
          <Anchor href={url} target="_blank" rel="noreferrer" size="sm" underline="always" aria-label={t("execution.open", { id })}>
            {t("execution.number", { id })} <IconExternalLink size={13} aria-hidden />
          </Anchor>
        ) : (
          <Text size="sm">{t("execution.number", { id })}</Text>
        )}
      </Group>
      <Text size="xs" c="dimmed" component="div">
        {execution.delivery_id ? t("execution.of") : t("execution.other")} · <When at={started_at} size="xs" inherit />
        {took === null || took < 0 ? null : ` · ${format.milliseconds(took)}`}
      </Text>
    </Group>
  );
}
