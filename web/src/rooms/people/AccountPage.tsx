// One's own account: who one is, how one signs in, and where one is signed in.
import { Card } from "@mantine/core";
import { IconDoor } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/Page";
import { Notice } from "@/ui/States";
import { EmailSection } from "./EmailSection";
import { PasswordSection } from "./PasswordSection";
import { ProfileSection } from "./ProfileSection";
import { SecondFactorPanel } from "./SecondFactorPanel";
import { useSession } from "./session";
import { SessionsSection } from "./SessionsSection";

export function AccountPage() {
  const { t } = useTranslation();
  const { me } = useSession();
  const isNowhere = me.memberships.length === 0 && !me.platform_role;
  return (
    <Page title={t("account.title")} subtitle={t("account.subtitle")} width={760}>
      {isNowhere ? <Card padding={0}><Notice icon={IconDoor} title={t("account.nowhere")}>{t("account.nowhereText")}</Notice></Card> : null}
      <ProfileSection />
      <EmailSection />
      <PasswordSection />
      <SecondFactorPanel />
      <SessionsSection />
    </Page>
  );
}
