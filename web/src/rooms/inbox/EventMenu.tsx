// What can be done with a received event: have it processed again, or send it on.
import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconRefresh, IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { InboxRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { processAgain } from "./api";
import { SendOnDialog } from "./SendOnDialog";

export function EventMenu({ event }: { event: InboxRow }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const format = useFormat();
  const { may } = useSession();
  const problemText = useProblemText();
  const [isSending, setSending] = useState(false);
  const again = useMutation({
    mutationFn: () => processAgain(tenant, event.id),
    onSuccess: () => notifications.show({ color: "pine", message: t("inbox.processing") }),
    onError: (error) => notifications.show({ color: "red", title: t("inbox.notProcessed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["inbox", tenant] }),
  });
  if (!may("inbox.manage")) return null;
  const isGone = !event.kept_until;
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("inbox.menuOf", { time: format.short(event.received_at) })} loading={again.isPending}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isGone ? <Menu.Label>{t("inbox.gone")}</Menu.Label> : null}
          <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} disabled={isGone} onClick={() => again.mutate()}>{t("inbox.again")}</Menu.Item>
          <Menu.Item leftSection={<IconSend size={16} aria-hidden />} disabled={isGone} onClick={() => setSending(true)}>{t("inbox.sendOn")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SendOnDialog event={event} opened={isSending} onClose={() => setSending(false)} />
    </>
  );
}
