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

export function WelcomePage() {
  const { t } = useTranslation();
  const router = useRouter();
  const problemText = useProblemText();
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const redeem = useMutation({
    mutationFn: redeemLink,
    meta: { anonymous: true },
    onSuccess: () => {
      queryClient.clear();
      router.history.replace("/");
    },
  });
  const tooShort = password.length < shortestPassword;
  const said = redeem.error instanceof Problem ? redeem.error.fields.find(({ field }) => field === "password")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!tooShort) redeem.mutate({ token, password });
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
