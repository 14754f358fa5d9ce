// The members, one a line, with what can be done about each.
import { ActionIcon, Avatar, Badge, Box, Group, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconUserCog, IconUserMinus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MemberRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import classes from "@/ui/Rows.module.css";
import { removeMember } from "./api";
import { ChangeRoleDialog } from "./ChangeRoleDialog";
import { isBelowOrEqual, useOwnRole } from "./roles";
import { useSession, useTenant } from "./session";

export function MemberList({ members }: { members: MemberRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const label = useLabel();
  return (
    <ul className={classes.cards} style={{ padding: 0 }}>
      {members.map((member) => (
        <li key={member.id} className={classes.card} data-member-id={member.id}>
          <Group wrap="nowrap" gap="sm">
            <span aria-hidden="true"><Avatar name={member.name ?? member.email} color="pine" size={38} /></span>
            <Box flex={1} miw={0}>
              <Group gap={6} wrap="nowrap">
                <Text size="sm" fw={600} truncate>{member.name ?? member.email}</Text>
                {member.is_me ? <Badge size="xs" variant="light" color="gray" style={{ flex: "none" }}>{t("people.you")}</Badge> : null}
              </Group>
              {member.name ? <Text size="xs" c="dimmed" truncate>{member.email}</Text> : null}
              <Text size="xs" c="dimmed">
                <Text span inherit hiddenFrom="xs" fw={600}>{label("role", member.role)} · </Text>
                {t("people.since", { day: format.day(member.since) })}
              </Text>
            </Box>
            <Badge visibleFrom="xs" variant="light" color={member.role === "owner" ? "pine" : "gray"} style={{ flex: "none" }}>{label("role", member.role)}</Badge>
            <MemberMenu member={member} />
          </Group>
        </li>
      ))}
    </ul>
  );
}

function MemberMenu({ member }: { member: MemberRow }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const own = useOwnRole();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [asking, setAsking] = useState<"role" | "remove" | null>(null);
  const close = () => setAsking(null);
  const name = member.name ?? member.email;
  const remove = useMutation({
    mutationFn: () => removeMember(tenant, member.id),
    onSuccess: () => {
      // Whoever let themselves go has no business here any more.
      if (member.is_me) return window.location.assign("/");
      notifications.show({ color: "pine", message: t("people.removed", { name }) });
    },
    onError: (error) => notifications.show({ color: "red", title: t("people.failed"), message: problemText(error) }),
    onSettled: () => {
      close();
      void cache.invalidateQueries({ queryKey: ["people", tenant] });
    },
  });
  if (!may("people.manage") || !isBelowOrEqual(member.role, own)) return <Box w={36} style={{ flex: "none" }} />;
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("people.actions", { name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconUserCog size={16} aria-hidden />} onClick={() => setAsking("role")}>{t("people.changeRole")}</Menu.Item>
          <Menu.Item color="red" leftSection={<IconUserMinus size={16} aria-hidden />} onClick={() => setAsking("remove")}>
            {member.is_me ? t("people.leave") : t("people.remove")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ChangeRoleDialog member={member} opened={asking === "role"} onClose={close} />
      <Confirm
        danger opened={asking === "remove"} loading={remove.isPending} onConfirm={() => remove.mutate()} onClose={close}
        title={member.is_me ? t("people.leaveTitle") : t("people.removeTitle", { name })}
        text={member.is_me ? t("people.leaveText") : t("people.removeText")}
        confirm={member.is_me ? t("people.leave") : t("people.remove")}
      />
    </>
  );
}
