// Sending a received event to an address: what callers said leaves this server, and that is said before.
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { InboxRow } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { CameBack } from "@/rooms/lab/CameBack";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { sendOn } from "./api";

type SendOnProps = { event: InboxRow; opened: boolean; onClose: () => void };

export function SendOnDialog({ event, opened, onClose }: SendOnProps) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <Modal
      opened={opened} onClose={onClose} size="lg" title={t("inbox.sendOnTitle", { event: label("event", event.event_name) })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <SendOnForm event={event} onClose={onClose} />
    </Modal>
  );
}

function SendOnForm({ event, onClose }: Omit<SendOnProps, "opened">) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const problemText = useProblemText();
  const [url, setUrl] = useState("");
  const send = useMutation({ mutationFn: () => sendOn(tenant, event.id, url) });
  const fieldProblem = send.error instanceof Problem ? send.error.fields.find((one) => one.field === "url")?.message : undefined;

  function submit(submitted: FormEvent) {
    submitted.preventDefault();
    send.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm">{t("inbox.sendOnText")}</Text>
        <TextInput
          type="url" name="url" required label={t("lab.url")} placeholder="https://" value={url} error={fieldProblem} data-autofocus
          onChange={(changed) => setUrl(changed.currentTarget.value)}
        />
        {send.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(send.error)}</Alert> : null}
        {send.data ? <CameBack came={send.data} /> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.close")}</Button>
          <Button type="submit" leftSection={<IconSend size={17} aria-hidden />} loading={send.isPending} disabled={url.trim() === ""}>{t("lab.send")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
