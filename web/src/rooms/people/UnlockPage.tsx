// The page of a link that ends a lockout: its token is in the hash. A button, so that whoever only looks at links uses none up.
import { Alert, Button, Stack } from "@mantine/core";
import { IconAlertCircle, IconLockOpen } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProblemText } from "@/ui/problem-text";
import { unlock } from "./api";
import { DoorPage } from "./DoorPage";

export function UnlockPage() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  const open = useMutation({ mutationFn: unlock, meta: { anonymous: true } });
  const signIn = <Button component={Link} to="/sign-in" size="md" fullWidth>{t("unlock.signIn")}</Button>;
  return (
    <DoorPage title={open.isSuccess ? t("unlock.done") : t("unlock.title")} text={open.isSuccess ? t("unlock.doneText") : t("unlock.text")}>
      <Stack gap="md">
        {token === "" ? (
          <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("welcome.noToken")}>
            {t("welcome.noTokenText")}
          </Alert>
        ) : null}
        {open.isError ? (
          <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={t("welcome.failed")}>
            {problemText(open.error)}
          </Alert>
        ) : null}
        {open.isSuccess || token === "" ? signIn : (
          <Button size="md" fullWidth leftSection={<IconLockOpen size={18} aria-hidden />} loading={open.isPending} onClick={() => open.mutate(token)}>
            {t("unlock.submit")}
          </Button>
        )}
      </Stack>
    </DoorPage>
  );
}
