// «Take your data with you»: an archive of everything, asked for, made, and fetched once.
import { Alert, Button, Card, Group, Loader, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconDownload, IconFileZip, IconPackageExport } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ExportRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { askForExport, exportFileUrl, exportsQuery } from "@/rooms/exports/api";
import { useSession, useTenant } from "@/rooms/people/session";
import { type Look, Pill } from "@/ui/Pill";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { ErrorState } from "@/ui/States";
import classes from "@/ui/Rows.module.css";

/** How many earlier archives are shown. */
const shown = 5;

export function ExportCard() {
  const { t } = useTranslation();
  const { may } = useSession();
  if (!may("data.export")) {
    return (
      <Section title={t("export.title")}>
        <Text size="sm" c="dimmed">{t("export.onlyOwner")}</Text>
      </Section>
    );
  }
  return <ForOwners />;
}

function ForOwners() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const query = useQuery(exportsQuery(tenant));
  const ask = useMutation({
    mutationFn: () => askForExport(tenant),
    onSuccess: () => cache.invalidateQueries({ queryKey: exportsQuery(tenant).queryKey }),
  });
  const rows = query.data?.items ?? [];
  const [newest] = rows;
  const isRunning = newest?.state === "running";
  const earlier = rows.slice(newest?.state === "ready" || isRunning ? 1 : 0).slice(0, shown);
  return (
    <Section title={t("export.title")}>
      <Stack gap="md" data-testid="export">
        <Text size="sm" c="dimmed">{t("export.text")}</Text>
        {query.isPending ? <Skeleton height={64} aria-busy="true" role="status" aria-label={t("state.loading")} /> : null}
        {query.isError && rows.length === 0 ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
        {isRunning ? <Running /> : null}
        {newest?.state === "ready" ? <Ready row={newest} /> : null}
        {ask.isError ? <Alert color="red" variant="light" role="alert">{problemText(ask.error)}</Alert> : null}
        {query.isSuccess && !isRunning ? (
          <Group justify="space-between" gap="sm">
            <Text size="xs" c="dimmed" maw={460}>{t("export.noSecrets")}</Text>
            <Button
              variant={newest?.state === "ready" ? "default" : "filled"} loading={ask.isPending}
              leftSection={<IconPackageExport size={16} aria-hidden />} onClick={() => ask.mutate()}
            >
              {rows.length > 0 ? t("export.askAgain") : t("export.ask")}
            </Button>
          </Group>
        ) : null}
        {earlier.length > 0 ? <Earlier rows={earlier} /> : null}
      </Stack>
    </Section>
  );
}

function Running() {
  const { t } = useTranslation();
  return (
    <Card withBorder padding="md" role="status">
      <Group gap="md" wrap="nowrap">
        <Loader size="sm" />
        <Stack gap={0}>
          <Text fw={600} size="sm">{t("export.running")}</Text>
          <Text size="sm" c="dimmed">{t("export.runningText")}</Text>
        </Stack>
      </Group>
    </Card>
  );
}

function Ready({ row }: { row: ExportRow }) {
  const { t } = useTranslation();
  const format = useFormat();
  const tenant = useTenant();
  const cache = useQueryClient();
  const at = row.expires_at ? format.short(row.expires_at) : null;
  // The browser fetches the file by itself; a moment later the list knows that it was begun.
  const begun = () => setTimeout(() => void cache.invalidateQueries({ queryKey: exportsQuery(tenant).queryKey }), 1_500);
  return (
    <Card withBorder padding="md">
      <Group gap="md" justify="space-between">
        <Group gap="md" wrap="nowrap">
          <IconFileZip size={30} stroke={1.5} aria-hidden />
          <Stack gap={0}>
            <Text fw={600} size="sm">{t("export.ready", { day: format.day(row.asked_at) })}</Text>
            <Text size="sm" c="dimmed">
              {t("export.holds", { count: row.rows, number: format.number(row.rows), size: format.bytes(row.size_bytes) })}
            </Text>
            <Text size="xs" c="dimmed">
              {!at ? null : row.fetched_at ? t("export.again", { at }) : t("export.until", { at })}
            </Text>
          </Stack>
        </Group>
        <Button component="a" href={exportFileUrl(tenant, row.id)} download onClick={begun} leftSection={<IconDownload size={16} aria-hidden />}>
          {t("export.fetch")}
        </Button>
      </Group>
    </Card>
  );
}

const looks: Record<string, Look> = {
  ready: { tone: "good", icon: IconCheck },
  running: { tone: "info", icon: IconClock },
  failed: { tone: "bad", icon: IconAlertTriangle },
  expired: { tone: "quiet", icon: IconClock },
};

function Earlier({ rows }: { rows: ExportRow[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>{t("export.earlier")}</Text>
      <Card padding={0} withBorder component="ul" className={classes.cards}>
        {rows.map((row) => (
          <li key={row.id} className={classes.card} data-export-id={row.id}>
            <Group justify="space-between" gap="sm">
              <Text size="sm">{format.short(row.asked_at)}</Text>
              <Group gap="sm">
                {row.fetched_at ? <Text size="xs" c="dimmed">{t("export.fetchedAt", { at: format.short(row.fetched_at) })}</Text> : null}
                <Pill {...(looks[row.state] ?? { tone: "quiet", icon: IconClock })}>{label("exportState", row.state)}</Pill>
              </Group>
            </Group>
          </li>
        ))}
      </Card>
    </Stack>
  );
}
