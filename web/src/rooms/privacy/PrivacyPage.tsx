// Privacy: how long things are kept, erasing a caller, and what was erased.
import { Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { EraseCard } from "./EraseCard";
import { Erasures } from "./Erasures";
import { ExportCard } from "./ExportCard";
import { RetentionCard } from "./RetentionCard";

export function PrivacyPage() {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <Page title={t("privacy.title")} subtitle={t("privacy.subtitle")} width={860}>
      <Stack gap="lg">
        <ExportCard />
        <RetentionCard />
        {may("privacy.manage") ? <EraseCard /> : null}
        <Erasures />
      </Stack>
    </Page>
  );
}
