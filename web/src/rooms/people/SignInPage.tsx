// Signing in with e-mail and password, and a second step where the person has a second factor.
import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle, IconClockPause } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { queryClient } from "@/lib/query";
import { safeNext } from "@/lib/search";
import { signIn } from "./api";
import { DoorPage } from "./DoorPage";
import { SecondStep } from "./SecondStep";
import { useProblemText } from "@/ui/problem-text";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { t } = useTranslation();
  const { next } = route.useSearch();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [challenge, setChallenge] = useState<string | null>(null);
  const enter = useMutation({
    mutationFn: signIn,
    meta: { anonymous: true },
    onSuccess: (answer) => ("challenge" in answer ? setChallenge(answer.challenge) : go()),
  });

  function go() {
    queryClient.clear();
    router.history.push(safeNext(next));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    enter.mutate({ email: email.trim(), password });
  }

  if (challenge !== null) {
    const back = () => {
      setChallenge(null);
      setPassword("");
    };
    return (
      <DoorPage title={t("secondStep.title")} text={t("secondStep.text")}>
        <SecondStep challenge={challenge} onDone={go} onBack={back} />
      </DoorPage>
    );
  }
  return (
    <DoorPage title={t("signIn.title")} text={t("signIn.text")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {enter.isError ? <SignInFailed error={enter.error} /> : null}
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

function SignInFailed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const isLocked = error instanceof Problem && error.code === "locked_out";
  const seconds = isLocked ? error.retryAfterSeconds : null;
  return (
    <Alert
      color={isLocked ? "lamp" : "red"} variant="light" role="alert" title={isLocked ? t("signIn.locked") : t("signIn.failed")}
      icon={isLocked ? <IconClockPause aria-hidden /> : <IconAlertCircle aria-hidden />}
    >
      {problemText(error)}
      {seconds !== null ? ` ${t("signIn.lockedFor", { count: Math.max(1, Math.round(seconds / 60)) })}` : ""}
    </Alert>
  );
}
