// Tells an operator that this installation is muted, and lets it send again.
import { Alert, Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconVolumeOff } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Instance } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useProblemText } from "@/ui/problem-text";
import { instanceQuery, unmute } from "./api";

/** Nothing while everything is sent. */
export function MutedBanner() {
  const { t } = useTranslation();
  const label = useLabel();
  const { data } = useQuery(instanceQuery);
  const [opened, setOpened] = useState(false);
  if (!data?.muted) return null;
  return (
    <>
      <Alert color="lamp" variant="light" icon={<IconVolumeOff size={20} aria-hidden />} title={t("instance.muted")} mb="lg" role="status" data-testid="muted">
        <Group justify="space-between" align="flex-end" gap="sm">
          <Text size="sm" maw={720}>{label("instanceWhy", data.why ?? "asked")} {t("instance.mutedText")}</Text>
          <Button size="sm" onClick={() => setOpened(true)}>{t("instance.look")}</Button>
        </Group>
      </Alert>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("instance.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
        <UnmuteForm instance={data} onClose={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function UnmuteForm({ instance, onClose }: { instance: Instance; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [owed, setOwed] = useState<"send" | "drop">("drop");
  const release = useMutation({
    mutationFn: () => unmute(owed),
    onSuccess: (now) => {
      cache.setQueryData(instanceQuery.queryKey, now);
      void cache.invalidateQueries({ queryKey: ["deliveries"] });
      notifications.show({ color: "pine", message: t("instance.unmuted") });
      onClose();
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    release.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm">{t("instance.question")}</Text>
        <Text size="sm" fw={600}>
          {t("instance.owed", { deliveries: format.number(instance.deliveries), texts: format.number(instance.texts), mails: format.number(instance.mails) })}
        </Text>
        {instance.before > 0 ? (
          <Text size="sm" c="dimmed">{t("instance.before", { count: instance.before, number: format.number(instance.before), day: format.day(instance.oldest_at) })}</Text>
        ) : null}
        <Radio.Group value={owed} onChange={(chosen) => setOwed(chosen as "send" | "drop")} label={t("instance.choice")}>
          <Stack gap="xs" mt="xs">
            <Radio value="drop" label={t("instance.drop")} description={t("instance.dropText")} />
            <Radio value="send" label={t("instance.send")} description={t("instance.sendText")} />
          </Stack>
        </Radio.Group>
        {release.isError ? <Alert color="red" variant="light" role="alert">{problemText(release.error)}</Alert> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={release.isPending}>{t("instance.unmute")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
