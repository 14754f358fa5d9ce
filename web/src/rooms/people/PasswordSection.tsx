// Another password, for whoever knows the old one.
import { Alert, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { changePassword } from "./api";
import { PasswordField, shortestPassword } from "./PasswordField";
import { useSession } from "./session";

export function PasswordSection() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Section title={t("account.password")}>
      {open ? <PasswordForm onClose={() => setOpen(false)} /> : (
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" c="dimmed">{t("account.passwordText")}</Text>
          <Button variant="default" onClick={() => setOpen(true)} style={{ flex: "none" }}>{t("account.change")}</Button>
        </Group>
      )}
    </Section>
  );
}

function PasswordForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { me } = useSession();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [password, setPassword] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => changePassword({ password, new_password: next }),
    onSuccess: () => {
      notifications.show({ color: "pine", title: t("account.passwordChanged"), message: t("account.passwordChangedText") });
      void cache.invalidateQueries({ queryKey: ["sessions"] });
      onClose();
    },
  });
  const problem = (name: string) => (change.error instanceof Problem ? change.error.fields.find(({ field }) => field === name)?.message : undefined);
  const isNamed = change.error instanceof Problem && change.error.fields.length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {change.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(change.error)}</Alert> : null}
        <PasswordInput
          label={t("account.yourPassword")} name="current" size="md" autoComplete="current-password" autoFocus
          value={password} onChange={(event) => setPassword(event.currentTarget.value)} error={problem("password")}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
        />
        <PasswordField
          label={t("account.newPassword")} value={next} own={[me.user.email, me.user.name ?? ""]} error={problem("new_password")}
          onChange={(value) => {
            setNext(value);
            if (change.isError) change.reset();
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={change.isPending} disabled={password === "" || next.length < shortestPassword}>{t("account.changePassword")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
