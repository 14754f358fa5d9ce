// Inviting somebody by mail.
import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { invite } from "./api";
import { RoleChoice } from "./RoleChoice";
import type { Role } from "./roles";
import { useSession, useTenant } from "./session";

export function InviteDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("people.inviteTitle")} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <InviteForm onClose={onClose} />
    </Modal>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { tenant: shown } = useSession();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("staff");
  const [locale, setLocale] = useState(shown?.locale === "fr" ? "fr" : "en");
  const send = useMutation({
    mutationFn: () => invite(tenant, { email: email.trim(), role, locale }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["invitations", tenant] });
      notifications.show({ color: "pine", message: t("people.invited", { email: made.email }) });
      onClose();
    },
  });
  const problem = send.error instanceof Problem ? send.error.fields.find(({ field }) => field === "email")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    send.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {send.isError && problem === undefined ? <Alert color="red" variant="light" role="alert">{problemText(send.error)}</Alert> : null}
        <TextInput
          label={t("field.email")} type="email" inputMode="email" autoComplete="off" required data-autofocus
          value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={problem}
        />
        <RoleChoice value={role} onChange={setRole} />
        <Stack gap={4}>
          <Text size="sm" fw={500} id="invite-language">{t("people.language")}</Text>
          <SegmentedControl
            aria-labelledby="invite-language" value={locale} onChange={setLocale}
            data={[{ value: "en", label: t("language.en") }, { value: "fr", label: t("language.fr") }]}
          />
        </Stack>
        <Text size="xs" c="dimmed">{t("people.inviteNote")}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={send.isPending} disabled={email.trim() === ""}>{t("people.send")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
