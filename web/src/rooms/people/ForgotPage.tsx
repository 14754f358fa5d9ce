// A forgotten password: the answer is the same for every address.
import { Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/problem-text";
import { askReset } from "./api";
import { DoorDone, DoorProblem, ToSignIn } from "./DoorParts";
import { DoorPage } from "./DoorPage";

export function ForgotPage() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: askReset, meta: { anonymous: true } });

  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate(email.trim());
  }

  return (
    <DoorPage title={t("forgot.title")} text={t("forgot.text")}>
      <form onSubmit={submit}>
        <Stack gap="md">
          {ask.isError ? <DoorProblem title={t("forgot.failed")}>{problemText(ask.error)}</DoorProblem> : null}
          {ask.isSuccess ? (
            <DoorDone title={t("forgot.sent")}>{t("forgot.sentText", { email: ask.variables })}</DoorDone>
          ) : (
            <>
              <TextInput
                label={t("field.email")} type="email" name="email" autoComplete="username" required withAsterisk={false} size="md" autoFocus
                value={email} onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <Button type="submit" size="md" loading={ask.isPending} fullWidth>{t("forgot.submit")}</Button>
            </>
          )}
          <ToSignIn />
        </Stack>
      </form>
    </DoorPage>
  );
}
