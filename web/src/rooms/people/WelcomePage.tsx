// The page of a one-time link: its token is in the hash, the person chooses a password.
import { Alert, Button, Stack, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { queryClient } from "@/lib/query";
import { useProblemText } from "@/ui/problem-text";
import { redeemLink } from "./api";
import { DoorPage } from "./DoorPage";
import { PasswordField, shortestPassword } from "./PasswordField";
import { SecondStep } from "./SecondStep";

export function WelcomePage() {
  const { t } = useTranslation();
  const router = useRouter();
  const problemText = useProblemText();
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const [challenge, setChallenge] = useState<string | null>(null);
  const redeem = useMutation({
    mutationFn: redeemLink,
    meta: { anonymous: true },
    onSuccess: (answer) => ("challenge" in answer ? setChallenge(answer.challenge) : go()),
  });
  const tooShort = password.length < shortestPassword;
  const said = redeem.error instanceof Problem ? redeem.error.fields.find(({ field }) => field === "password")?.message : undefined;

  function go() {
    queryClient.clear();
    router.history.replace("/");
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!tooShort) redeem.mutate({ token, password });
  }

  if (challenge !== null) {
    // The link is used up: whoever has no code at hand signs in with the new password later.
    return (
      <DoorPage title={t("secondStep.title")} text={t("secondStep.text")}>
        <SecondStep challenge={challenge} onDone={go} onBack={() => router.history.replace("/sign-in")} />
      </DoorPage>
    );
  }
  return (
    <DoorPage title={t("welcome.title")} text={t("welcome.text")}>
      {token === "" ? (
        <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("welcome.noToken")}>
          {t("welcome.noTokenText")}
        </Alert>
      ) : (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {redeem.isError && said === undefined ? (
              <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("welcome.failed")}>
                {problemText(redeem.error)}
              </Alert>
            ) : null}
            <PasswordField
              label={t("welcome.password")} value={password} autoFocus
              onChange={(next) => {
                setPassword(next);
                if (said !== undefined) redeem.reset();
              }}
              error={tried && tooShort ? t("welcome.tooShort", { count: shortestPassword }) : said}
            />
            <Button type="submit" size="md" loading={redeem.isPending} fullWidth>{t("welcome.submit")}</Button>
            <Text size="xs" c="dimmed">{t("welcome.note")}</Text>
          </Stack>
        </form>
      )}
    </DoorPage>
  );
}
