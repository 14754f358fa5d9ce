// Naming an administrator of an agency: an address, a name, a language; then their one-time link.
import { Alert, Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppointedAdmin } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { CopyField } from "@/ui/Copy";
import { useProblemText } from "@/ui/problem-text";
import { appointAdmin } from "./api";

export function AdminDialog({ opened, onClose, agencyId }: { opened: boolean; onClose: () => void; agencyId: string }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<AppointedAdmin | null>(null);
  function close() {
    onClose();
    setMade(null);
  }
  return (
    <Modal
      opened={opened} onClose={close} title={t("agencies.adminTitle")} closeOnClickOutside={made === null}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {made ? <Made made={made} onClose={close} /> : <AdminForm agencyId={agencyId} onCancel={close} onMade={setMade} />}
    </Modal>
  );
}

function AdminForm({ agencyId, onCancel, onMade }: { agencyId: string; onCancel: () => void; onMade: (made: AppointedAdmin) => void }) {
  const { t, i18n } = useTranslation();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [locale, setLocale] = useState(i18n.language === "fr" ? "fr" : "en");
  const [tried, setTried] = useState(false);
  const isAddress = /^\S+@\S+\.\S+$/.test(email.trim());
  const appoint = useMutation({
    mutationFn: () => appointAdmin(agencyId, { email: email.trim(), name: name.trim() || undefined, locale }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["agencies"] });
      onMade(made);
    },
  });
  const problem = appoint.error instanceof Problem ? appoint.error : null;
  const emailError = tried && !isAddress ? t("newTenant.emailNeeded") : problem?.fields.find(({ field }) => field === "email")?.message;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (isAddress) appoint.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem && !emailError ? <Alert color="red" variant="light" role="alert">{problemText(problem)}</Alert> : null}
        <Text size="sm" c="dimmed">{t("agencies.adminText")}</Text>
        <TextInput
          label={t("agencies.email")} type="email" required autoComplete="off" data-autofocus name="email" value={email} error={emailError}
          onChange={(event) => {
            appoint.reset();
            setEmail(event.currentTarget.value);
          }}
        />
        <TextInput label={t("agencies.personName")} autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Stack gap={4}>
          <Text size="sm" fw={500} id="admin-language">{t("newTenant.language")}</Text>
          <SegmentedControl
            aria-labelledby="admin-language" value={locale} onChange={setLocale}
            data={[{ value: "fr", label: t("language.fr") }, { value: "en", label: t("language.en") }]}
          />
        </Stack>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" loading={appoint.isPending}>{t("agencies.appoint")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ made, onClose }: { made: AppointedAdmin; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      <Alert color="pine" variant="light" icon={<IconCircleCheck aria-hidden />} role="status">
        {t("agencies.appointed", { email: made.email })}
      </Alert>
      {made.link ? (
        <CopyField label={t("agencies.link")} hint={t("newTenant.linkHint")} value={made.link} />
      ) : (
        <Text size="sm">{t("agencies.adminKnown")}</Text>
      )}
      <Group justify="flex-end"><Button onClick={onClose}>{t("action.close")}</Button></Group>
    </Stack>
  );
}
