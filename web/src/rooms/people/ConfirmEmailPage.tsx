// Confirming a new address. A button, so that whoever only looks at links uses none up.
import { Button, Stack } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/problem-text";
import { confirmEmail } from "./api";
import { DoorDone, DoorProblem, NoToken, ToSignIn, useHashToken } from "./DoorParts";
import { DoorPage } from "./DoorPage";

export function ConfirmEmailPage() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const token = useHashToken();
  const confirm = useMutation({ mutationFn: confirmEmail, meta: { anonymous: true } });
  return (
    <DoorPage title={t("confirmEmail.title")} text={t("confirmEmail.text")}>
      <Stack gap="md">
        {token === "" ? <NoToken /> : null}
        {confirm.isError ? <DoorProblem title={t("welcome.failed")}>{problemText(confirm.error)}</DoorProblem> : null}
        {confirm.isSuccess ? (
          <>
            <DoorDone title={t("confirmEmail.done")}>{t("confirmEmail.doneText")}</DoorDone>
            <ToSignIn primary />
          </>
        ) : null}
        {token !== "" && !confirm.isSuccess ? (
          <Button size="md" fullWidth leftSection={<IconMailCheck size={18} aria-hidden />} loading={confirm.isPending} onClick={() => confirm.mutate(token)}>
            {t("confirmEmail.submit")}
          </Button>
        ) : null}
      </Stack>
    </DoorPage>
  );
}
