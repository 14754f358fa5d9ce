// Giving a member another role.
import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MemberRow } from "@/lib/api";
import { useProblemText } from "@/ui/problem-text";
import { changeRole } from "./api";
import { RoleChoice } from "./RoleChoice";
import type { Role } from "./roles";
import { useTenant } from "./session";

type ChangeRoleProps = { member: MemberRow; opened: boolean; onClose: () => void };

export function ChangeRoleDialog({ member, opened, onClose }: ChangeRoleProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} closeButtonProps={{ "aria-label": t("action.close") }}
      title={t("people.changeRoleTitle", { name: member.name ?? member.email })}
    >
      <ChangeRoleForm member={member} onClose={onClose} />
    </Modal>
  );
}

function ChangeRoleForm({ member, onClose }: Omit<ChangeRoleProps, "opened">) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [role, setRole] = useState<Role>(member.role as Role);
  const change = useMutation({
    mutationFn: () => changeRole(tenant, member.id, role),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["people", tenant] });
      // One's own rights are other ones now.
      if (member.is_me) void cache.invalidateQueries({ queryKey: ["me"] });
      onClose();
    },
  });
  return (
    <Stack gap="lg">
      {change.isError ? <Alert color="red" variant="light" role="alert">{problemText(change.error)}</Alert> : null}
      <RoleChoice value={role} onChange={setRole} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button loading={change.isPending} disabled={role === member.role} onClick={() => change.mutate()}>{t("action.save")}</Button>
      </Group>
    </Stack>
  );
}
