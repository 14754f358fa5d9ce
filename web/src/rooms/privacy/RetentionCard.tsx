// How long things are kept: three choices, and what would go by each before it is saved.
import { Alert, Button, Group, Select, Skeleton, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DryRun, KeptDays } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { ErrorState } from "@/ui/States";
import { dryRunQuery, keepFor, keptQuery } from "./api";
import { daysOf, forever, longSpans, shortSpans, spansWith, spanUnit } from "./days";

export function RetentionCard() {
  const { t } = useTranslation();
  const query = useQuery(keptQuery(useTenant()));
  return (
    <Section title={t("privacy.keptTitle")}>
      <Text size="sm" c="dimmed" mb="md">{t("privacy.keptText")}</Text>
      {query.isPending ? <Skeleton height={180} aria-busy="true" role="status" aria-label={t("state.loading")} /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data ? <RetentionForm key={JSON.stringify(query.data)} kept={query.data} /> : null}
    </Section>
  );
}

function useSpans() {
  const { t } = useTranslation();
  return (offered: number[], set: number | null, mayKeep: boolean) => [
    ...spansWith(offered, set).map((days) => {
      const { unit, count } = spanUnit(days);
      return { value: String(days), label: unit === "year" ? t("privacy.year", { count }) : t("privacy.day", { count }) };
    }),
    ...(mayKeep ? [{ value: forever, label: t("privacy.forever") }] : []),
  ];
}

function RetentionForm({ kept }: { kept: KeptDays }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const spans = useSpans();
  const [wanted, setWanted] = useState(kept);
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(kept);
  const dry = useQuery({ ...dryRunQuery(tenant, wanted), enabled: isChanged });
  const save = useMutation({
    mutationFn: () => keepFor(tenant, wanted),
    onSuccess: (now) => {
      cache.setQueryData(keptQuery(tenant).queryKey, now);
      notifications.show({ color: "pine", message: t("privacy.keptSaved") });
    },
  });
  const mayChange = may("privacy.manage");

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }

  const choice = (name: keyof KeptDays, [label, description]: [string, string], offered: number[], mayKeep: boolean) => (
    <Select
      name={name} label={label} description={description} allowDeselect={false} disabled={!mayChange}
      data={spans(offered, kept[name], mayKeep)} value={String(wanted[name] ?? forever)} maw={420}
      onChange={(chosen) => chosen && setWanted({ ...wanted, [name]: daysOf(chosen) })}
    />
  );

  return (
    <form onSubmit={submit} noValidate data-testid="retention">
      <Stack gap="md">
        {choice("transcripts_days", [t("privacy.transcripts_days"), t("privacy.transcripts_days_text")], longSpans, true)}
        {choice("recordings_days", [t("privacy.recordings_days"), t("privacy.recordings_days_text")], longSpans, true)}
        {choice("raw_events_days", [t("privacy.raw_events_days"), t("privacy.raw_events_days_text")], shortSpans, false)}
        {isChanged ? <WouldGo dry={dry.data} failed={dry.isError} /> : null}
        {save.isError ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        {mayChange ? (
          <Group justify="flex-end" gap="xs">
            {isChanged ? <Button variant="default" onClick={() => setWanted(kept)}>{t("action.cancel")}</Button> : null}
            <Button type="submit" loading={save.isPending} disabled={!isChanged}>{t("privacy.save")}</Button>
          </Group>
        ) : (
          <Text size="sm" c="dimmed">{t("privacy.onlyOwner")}</Text>
        )}
      </Stack>
    </form>
  );
}

/** What would go within a day, in sentences. */
function WouldGo({ dry, failed }: { dry: DryRun | undefined; failed: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (failed) return null;
  if (!dry) return <Skeleton height={52} aria-busy="true" role="status" aria-label={t("state.loading")} />;
  const words = (kind: "transcripts" | "recordings" | "raw_events") => ({ count: dry[kind].count, number: format.number(dry[kind].count), day: format.day(dry[kind].oldest_at) });
  const going = [
    dry.transcripts.count > 0 && t("privacy.going_transcripts", words("transcripts")),
    dry.recordings.count > 0 && t("privacy.going_recordings", words("recordings")),
    dry.raw_events.count > 0 && t("privacy.going_raw_events", words("raw_events")),
  ].filter((line): line is string => typeof line === "string");
  if (going.length === 0) return <Alert color="gray" variant="light" data-testid="dry-run">{t("privacy.nothingGoes")}</Alert>;
  return (
    <Alert color="lamp" variant="light" icon={<IconTrash size={18} aria-hidden />} title={t("privacy.wouldGo")} data-testid="dry-run">
      <Stack gap={2} component="ul" m={0} pl="md">
        {going.map((line) => <Text key={line} size="sm" component="li">{line}</Text>)}
      </Stack>
    </Alert>
  );
}
