// A forgotten password, set anew by a mailed link.
import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { resetPassword } from "./api";
import { DoorDone, DoorProblem, NoToken, ToSignIn, useHashToken } from "./DoorParts";
import { DoorPage } from "./DoorPage";
import { PasswordField, shortestPassword } from "./PasswordField";

export function ResetPage() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const token = useHashToken();
  const [password, setPassword] = useState("");
  const reset = useMutation({ mutationFn: resetPassword, meta: { anonymous: true } });
  const said = reset.error instanceof Problem ? reset.error.fields.find(({ field }) => field === "password")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    reset.mutate({ token, password });
  }

  return (
    <DoorPage title={t("reset.title")} text={t("reset.text")}>
      {token === "" ? <Stack><NoToken /><ToSignIn /></Stack> : null}
      {reset.isSuccess ? (
        <Stack gap="md">
          <DoorDone title={t("reset.done")}>{t("reset.doneText")}</DoorDone>
          <ToSignIn primary />
        </Stack>
      ) : null}
      {token !== "" && !reset.isSuccess ? (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {reset.isError && said === undefined ? <DoorProblem title={t("welcome.failed")}>{problemText(reset.error)}</DoorProblem> : null}
            <PasswordField
              label={t("account.newPassword")} value={password} autoFocus error={said}
              onChange={(next) => {
                setPassword(next);
                if (said !== undefined) reset.reset();
              }}
            />
            <Button type="submit" size="md" loading={reset.isPending} disabled={password.length < shortestPassword} fullWidth>{t("reset.submit")}</Button>
            <Text size="xs" c="dimmed">{t("reset.note")}</Text>
          </Stack>
        </form>
      ) : null}
    </DoorPage>
  );
}
