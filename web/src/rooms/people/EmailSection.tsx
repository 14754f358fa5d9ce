// One's address, and the way to another one.
import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconMailForward } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { askEmail } from "./api";
import { useSession } from "./session";

export function EmailSection() {
  const { t } = useTranslation();
  const { me } = useSession();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <Section title={t("account.email")}>
      <Stack gap="md">
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>{me.user.email}</Text>
          {open ? null : <Button variant="default" onClick={() => setOpen(true)} style={{ flex: "none" }}>{t("account.change")}</Button>}
        </Group>
        {asked !== null ? (
          <Alert color="pine" variant="light" icon={<IconMailForward aria-hidden />} role="status" title={t("account.emailAsked")}>
            {t("account.emailAskedText", { email: asked })}
          </Alert>
        ) : null}
        {open ? (
          <EmailForm
            onCancel={() => setOpen(false)}
            onAsked={(email) => {
              setAsked(email);
              setOpen(false);
            }}
          />
        ) : null}
      </Stack>
    </Section>
  );
}

function EmailForm({ onCancel, onAsked }: { onCancel: () => void; onAsked: (email: string) => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const ask = useMutation({ mutationFn: () => askEmail({ email: email.trim(), password }), onSuccess: () => onAsked(email.trim()) });
  const problem = (name: string) => (ask.error instanceof Problem ? ask.error.fields.find(({ field }) => field === name)?.message : undefined);
  const isNamed = ask.error instanceof Problem && ask.error.fields.length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {ask.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(ask.error)}</Alert> : null}
        <TextInput
          label={t("account.newEmail")} description={t("account.newEmailHint")} type="email" name="new-email" autoComplete="email" autoFocus
          value={email} onChange={(event) => setEmail(event.currentTarget.value)} error={problem("email")}
        />
        <PasswordInput
          label={t("account.yourPassword")} name="password" autoComplete="current-password"
          value={password} onChange={(event) => setPassword(event.currentTarget.value)} error={problem("password")}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" loading={ask.isPending} disabled={email.trim() === "" || password === ""}>{t("account.sendLink")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
