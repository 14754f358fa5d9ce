// Who works here, as what, and who is invited.
import { Button, Card } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/Page";
import { Section } from "@/ui/Section";
import { ErrorState, ListSkeleton } from "@/ui/States";
import { invitationsQuery, membersQuery } from "./api";
import { InvitationList } from "./InvitationList";
import { InviteDialog } from "./InviteDialog";
import { MemberList } from "./MemberList";
import { RolesTable } from "./RolesTable";
import { useSession, useTenant } from "./session";

export function PeoplePage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const [inviting, setInviting] = useState(false);
  const members = useQuery(membersQuery(tenant));
  const invitations = useQuery(invitationsQuery(tenant));
  const manages = may("people.manage");
  const open = invitations.data?.items ?? [];
  return (
    <Page
      title={t("people.title")} subtitle={t("people.subtitle")}
      actions={manages ? <Button leftSection={<IconUserPlus size={18} aria-hidden />} onClick={() => setInviting(true)}>{t("people.invite")}</Button> : null}
    >
      {members.isPending ? <ListSkeleton rows={3} /> : null}
      {members.isError && !members.data ? (
        <Card padding={0}><ErrorState error={members.error} onRetry={() => void members.refetch()} /></Card>
      ) : null}
      {members.data ? (
        <>
          <Section flush title={t("people.members")}><MemberList members={members.data.items} /></Section>
          {open.length > 0 ? <Section flush title={t("people.invitations")}><InvitationList invitations={open} /></Section> : null}
          <RolesTable />
        </>
      ) : null}
      <InviteDialog opened={inviting} onClose={() => setInviting(false)} />
    </Page>
  );
}
