// Invitations that nobody has accepted yet.
import { ActionIcon, Badge, Box, Group, Menu, Text, ThemeIcon } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconMail, IconMailForward, IconMailOff, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { InvitationRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import classes from "@/ui/Rows.module.css";
import { resendInvitation, withdrawInvitation } from "./api";
import { isBelowOrEqual, useOwnRole } from "./roles";
import { useSession, useTenant } from "./session";

export function InvitationList({ invitations }: { invitations: InvitationRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  return (
    <ul className={classes.cards} style={{ padding: 0 }}>
      {invitations.map((invitation) => (
        <li key={invitation.id} className={classes.card} data-invitation-id={invitation.id}>
          <Group wrap="nowrap" gap="sm">
            <ThemeIcon variant="light" color={invitation.is_expired ? "lamp" : "gray"} size={38} radius="xl" style={{ flex: "none" }}>
              {invitation.is_expired ? <IconMailOff size={18} aria-hidden /> : <IconMail size={18} aria-hidden />}
            </ThemeIcon>
            <Box flex={1} miw={0}>
              <Text size="sm" fw={600} truncate>{invitation.email}</Text>
              <Text size="xs" c="dimmed" fw={invitation.is_expired ? 600 : undefined}>
                <Text span inherit hiddenFrom="xs" fw={600}>{label("role", invitation.role)} · </Text>
                {invitation.is_expired
                  ? t("people.expired", { day: format.day(invitation.expires_at) })
                  : t("people.waiting", { sent: format.day(invitation.sent_at), until: format.day(invitation.expires_at) })}
              </Text>
            </Box>
            <Badge visibleFrom="xs" variant="light" color="gray" style={{ flex: "none" }}>{label("role", invitation.role)}</Badge>
            <InvitationMenu invitation={invitation} />
          </Group>
        </li>
      ))}
    </ul>
  );
}

function InvitationMenu({ invitation }: { invitation: InvitationRow }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const own = useOwnRole();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [asking, setAsking] = useState(false);
  const common = {
    onError: (error: unknown) => notifications.show({ color: "red", title: t("people.failed"), message: problemText(error) }),
    onSettled: () => {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: ["invitations", tenant] });
    },
  };
  const resend = useMutation({
    mutationFn: () => resendInvitation(tenant, invitation.id),
    ...common,
    onSuccess: () => notifications.show({ color: "pine", message: t("people.invited", { email: invitation.email }) }),
  });
  const withdraw = useMutation({ mutationFn: () => withdrawInvitation(tenant, invitation.id), ...common });
  if (!may("people.manage") || !isBelowOrEqual(invitation.role, own)) return <Box w={36} style={{ flex: "none" }} />;
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("people.actions", { name: invitation.email })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconMailForward size={16} aria-hidden />} onClick={() => resend.mutate()}>{t("people.resend")}</Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking(true)}>{t("people.withdraw")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        danger opened={asking} title={t("people.withdrawTitle", { email: invitation.email })} text={t("people.withdrawText")}
        confirm={t("people.withdraw")} loading={withdraw.isPending} onConfirm={() => withdraw.mutate()} onClose={() => setAsking(false)}
      />
    </>
  );
}
