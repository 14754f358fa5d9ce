// Signing in with e-mail and password.
import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/lib/query";
import { safeNext } from "@/lib/search";
import { signIn } from "./api";
import { DoorPage } from "./DoorPage";
import { useProblemText } from "@/ui/problem-text";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = route.useSearch();
  const router = useRouter();
  const problemText = useProblemText();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const enter = useMutation({
    mutationFn: signIn,
    meta: { anonymous: true },
    onSuccess: () => {
      queryClient.clear();
      router.history.push(safeNext(next));
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    enter.mutate({ email: email.trim(), password });
  }

  return (
    <DoorPage title={t("signIn.title")} text={t("signIn.text")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {enter.isError ? (
            <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("signIn.failed")}>
              {problemText(enter.error)}
            </Alert>
          ) : null}
          <TextInput
            label={t("field.email")} type="email" name="email" autoComplete="username" required withAsterisk={false} size="md"
            value={email} onChange={(event) => setEmail(event.currentTarget.value)} autoFocus
          />
          <PasswordInput
            label={t("field.password")} name="password" autoComplete="current-password" required withAsterisk={false} size="md"
            value={password} onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword"), tabIndex: 0 }}
          />
          <Button type="submit" size="md" mt="xs" loading={enter.isPending} fullWidth>{t("signIn.submit")}</Button>
          <Anchor component={Link} to="/forgot" size="sm" ta="center">{t("signIn.forgot")}</Anchor>
        </Stack>
      </form>
    </DoorPage>
  );
}
