// Sending everything since an instant again.
import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EndpointRow } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { replay } from "./api";
import { endpointName } from "./words";

type ReplayProps = { endpoint: EndpointRow; opened: boolean; onClose: () => void };

const hours: Record<string, number> = { hour: 1, day: 24, week: 168 };

export function ReplayDialog({ endpoint, opened, onClose }: ReplayProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} title={t("replay.title", { name: endpointName(endpoint) })} size="lg"
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <ReplayForm endpoint={endpoint} onClose={onClose} />
    </Modal>
  );
}

function ReplayForm({ endpoint, onClose }: Omit<ReplayProps, "opened">) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [span, setSpan] = useState("day");
  const [from, setFrom] = useState("");
  const begin = useMutation({
    mutationFn: (since: string) => replay(tenant, endpoint.id, { since }),
    onSuccess: () => {
      notifications.show({ color: "pine", title: t("replay.begun"), message: t("replay.begunText") });
      void cache.invalidateQueries({ queryKey: ["endpoints", tenant] });
      onClose();
    },
  });
  const fieldProblem = begin.error instanceof Problem ? begin.error.fields.find((one) => one.field === "since")?.message : undefined;
  const isChosen = span !== "other" || from !== "";

  function submit(event: FormEvent) {
    event.preventDefault();
    const past = hours[span];
    const since = past === undefined ? new Date(from) : new Date(Date.now() - past * 3_600_000);
    if (isChosen && !Number.isNaN(since.getTime())) begin.mutate(since.toISOString());
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {begin.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(begin.error)}</Alert> : null}
        <Text size="sm" c="dimmed">{t("replay.text")}</Text>
        <Stack gap={4}>
          <Text size="sm" fw={500} id="replay-span">{t("replay.since")}</Text>
          <SegmentedControl
            aria-labelledby="replay-span" value={span} onChange={setSpan} fullWidth
            data={[
              { value: "hour", label: t("replay.hour") }, { value: "day", label: t("replay.day") },
              { value: "week", label: t("replay.week") }, { value: "other", label: t("replay.other") },
            ]}
          />
        </Stack>
        {span === "other" ? (
          <TextInput
            type="datetime-local" label={t("replay.from")} description={t("replay.fromHint")} name="since" required
            value={from} onChange={(event) => setFrom(event.currentTarget.value)} error={fieldProblem}
          />
        ) : null}
        <Group justify="flex-end" gap="xs" mt="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={begin.isPending} disabled={!isChosen}>{t("replay.begin")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
