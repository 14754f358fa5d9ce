// What can be done with an endpoint, and the questions that come before.
import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconDots, IconHistory, IconKey, IconList, IconPencil, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EndpointRow, NewSecret } from "@/lib/api";
import { useSession, useTenant } from "@/rooms/people/session";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import { deleteEndpoint, retryDead, rotateSecret } from "./api";
import { EditEndpointDialog } from "./EditEndpointDialog";
import { ReplayDialog } from "./ReplayDialog";
import { endpointName } from "./words";

type MenuProps = { endpoint: EndpointRow; deadLetters: number; onSecret: (secret: NewSecret) => void };

export function EndpointMenu({ endpoint, deadLetters, onSecret }: MenuProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { may } = useSession();
  const problemText = useProblemText();
  const [asking, setAsking] = useState<"edit" | "replay" | "dead" | "rotate" | "delete" | null>(null);
  const close = () => setAsking(null);
  const common = {
    onError: (error: unknown) => notifications.show({ color: "red", title: t("endpoints.failed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["endpoints", tenant] }),
  };
  const rotate = useMutation({
    mutationFn: () => rotateSecret(tenant, endpoint.id),
    ...common,
    onSuccess: (secret) => {
      close();
      onSecret(secret);
    },
  });
  const dead = useMutation({
    mutationFn: () => retryDead(tenant, endpoint.id),
    ...common,
    onSuccess: () => {
      close();
      notifications.show({ color: "pine", title: t("replay.begun"), message: t("replay.begunText") });
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteEndpoint(tenant, endpoint.id),
    ...common,
    onSuccess: () => {
      close();
      notifications.show({ color: "pine", message: t("endpoints.deleted") });
    },
  });
  const name = endpointName(endpoint);
  const mayRetry = may("deliveries.retry") && endpoint.is_active;
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("endpoints.actions", { name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconList size={16} aria-hidden />}
            onClick={() => void navigate({ to: "/deliveries", search: { endpoint_id: endpoint.id } })}
          >
            {t("endpoints.deliveries")}
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => setAsking("edit")}>{t("endpoints.edit")}</Menu.Item>
          <Menu.Item leftSection={<IconHistory size={16} aria-hidden />} disabled={!mayRetry} onClick={() => setAsking("replay")}>{t("replay.menu")}</Menu.Item>
          <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} disabled={!mayRetry || deadLetters === 0} onClick={() => setAsking("dead")}>
            {t("replay.dead", { count: deadLetters })}
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setAsking("rotate")}>{t("endpoints.rotate")}</Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking("delete")}>
            {t("endpoints.delete")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <EditEndpointDialog endpoint={endpoint} opened={asking === "edit"} onClose={close} />
      <ReplayDialog endpoint={endpoint} opened={asking === "replay"} onClose={close} />
      <Confirm
        opened={asking === "dead"} title={t("replay.deadTitle", { name })} text={t("replay.deadText")} confirm={t("replay.begin")}
        loading={dead.isPending} onConfirm={() => dead.mutate()} onClose={close}
      />
      <Confirm
        opened={asking === "rotate"} title={t("endpoints.rotateTitle")} text={t("endpoints.rotateText")} confirm={t("endpoints.rotate")}
        loading={rotate.isPending} onConfirm={() => rotate.mutate()} onClose={close}
      />
      <Confirm
        danger opened={asking === "delete"} title={t("endpoints.deleteTitle", { name })} text={t("endpoints.deleteText")}
        confirm={t("endpoints.delete")} loading={remove.isPending} onConfirm={() => remove.mutate()} onClose={close}
      />
    </>
  );
}
