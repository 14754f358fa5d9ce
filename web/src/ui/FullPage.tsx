// Pages that stand alone, outside the shell.
import { Anchor, Center, Loader } from "@mantine/core";
import { IconDoorOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ErrorState, Notice } from "./States";

/** No such page. */
export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Center mih="70vh" component="main">
      <Notice icon={IconDoorOff} title={t("page.missing.title")} action={<Anchor href="/">{t("page.missing.home")}</Anchor>}>
        {t("page.missing.text")}
      </Notice>
    </Center>
  );
}

/** A page that broke. */
export function BrokenPage({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Center mih="70vh" component="main">
      <ErrorState error={error} onRetry={onRetry} />
    </Center>
  );
}

/** Before anything is known. */
export function LoadingPage() {
  const { t } = useTranslation();
  return (
    <Center mih="100vh" component="main">
      <Loader type="dots" aria-label={t("state.loading")} />
    </Center>
  );
}
