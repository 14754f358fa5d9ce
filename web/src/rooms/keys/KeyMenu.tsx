// What can be done with a key, and the questions that come before.
import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBan, IconDots, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyRow, MadeKey } from "@/lib/api";
import { useTenant } from "@/rooms/people/session";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import { revokeKey } from "./api";
import { RotateDialog } from "./RotateDialog";

export function KeyMenu({ row, onMade }: { row: KeyRow; onMade: (made: MadeKey) => void }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [asking, setAsking] = useState<"rotate" | "revoke" | null>(null);
  const close = () => setAsking(null);
  const revoke = useMutation({
    mutationFn: () => revokeKey(tenant, row.id),
    onSuccess: () => {
      close();
      notifications.show({ color: "pine", message: t("keys.revoked", { name: row.name }) });
    },
    onError: (error: unknown) => notifications.show({ color: "red", title: t("keys.failed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["keys", tenant] }),
  });
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("keys.actions", { name: row.name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} disabled={row.status !== "good"} onClick={() => setAsking("rotate")}>
            {t("keys.rotate")}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<IconBan size={16} aria-hidden />} onClick={() => setAsking("revoke")}>{t("keys.revoke")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RotateDialog row={row} opened={asking === "rotate"} onClose={close} onMade={onMade} />
      <Confirm
        danger opened={asking === "revoke"} title={t("keys.revokeTitle", { name: row.name })} text={t("keys.revokeText")}
        confirm={t("keys.revoke")} loading={revoke.isPending} onConfirm={() => revoke.mutate()} onClose={close}
      />
    </>
  );
}
