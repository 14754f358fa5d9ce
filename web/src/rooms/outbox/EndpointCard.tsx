// One endpoint: where, what, how it fares; on and off, new secret, removal.
import { ActionIcon, Alert, Badge, Box, Card, Group, Menu, Stack, Switch, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconDots, IconKey, IconList, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { EndpointRow, NewSecret } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import { changeEndpoint, deleteEndpoint, rotateSecret } from "./api";
import { endpointName } from "./words";

type EndpointCardProps = { endpoint: EndpointRow; onSecret: (secret: NewSecret) => void };

export function EndpointCard({ endpoint, onSecret }: EndpointCardProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const tenant = useTenant();
  const { may } = useSession();
  const mayManage = may("endpoints.manage");
  const navigate = useNavigate();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [asking, setAsking] = useState<"rotate" | "delete" | null>(null);
  const common = {
    onError: (error: unknown) => notifications.show({ color: "red", title: t("endpoints.failed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["endpoints", tenant] }),
  };
  const change = useMutation({ mutationFn: (isActive: boolean) => changeEndpoint(tenant, endpoint.id, { is_active: isActive }), ...common });
  const rotate = useMutation({
    mutationFn: () => rotateSecret(tenant, endpoint.id),
    ...common,
    onSuccess: (secret) => {
      setAsking(null);
      onSecret(secret);
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteEndpoint(tenant, endpoint.id),
    ...common,
    onSuccess: () => {
      setAsking(null);
      notifications.show({ color: "pine", message: t("endpoints.deleted") });
    },
  });
  const name = endpointName(endpoint);

  return (
    <Card component="article" data-endpoint-id={endpoint.id}>
      <Stack gap="md" h="100%">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Box miw={0}>
            <Group gap="xs">
              <Title order={2}>{name}</Title>
              <Badge variant="default" tt="none">{label("endpointKind", endpoint.kind)}</Badge>
            </Group>
            <Text size="sm" c="dimmed" ff="monospace" fz="xs" mt={4} style={{ overflowWrap: "anywhere" }}>{endpoint.url}</Text>
          </Box>
          {mayManage ? (
            <Menu position="bottom-end" width={230}>
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
                <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setAsking("rotate")}>{t("endpoints.rotate")}</Menu.Item>
                <Menu.Divider />
                <Menu.Item color="red" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setAsking("delete")}>
                  {t("endpoints.delete")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          ) : null}
        </Group>
        {endpoint.circuit === "open" ? (
          <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">{t("endpoints.circuitOpen")}</Alert>
        ) : null}
        {!endpoint.is_active && endpoint.disabled_reason ? (
          <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">{label("failureCode", endpoint.disabled_reason)}</Alert>
        ) : null}
        <Group gap={6}>
          {endpoint.event_types.map((type) => <Badge key={type} variant="light" tt="none" fw={500}>{label("eventType", type)}</Badge>)}
        </Group>
        <Group justify="space-between" mt="auto" gap="xs">
          <Text size="xs" c="dimmed">
            {t("endpoints.secretEnds", { last4: endpoint.secret_last4 })} · {t("endpoints.since", { date: format.day(endpoint.created_at) })}
          </Text>
          <Switch
            checked={endpoint.is_active} disabled={!mayManage || change.isPending}
            onChange={(event) => change.mutate(event.currentTarget.checked)}
            label={endpoint.is_active ? t("endpoints.on") : t("endpoints.off")} labelPosition="left"
            aria-label={t("endpoints.toggle", { name })}
          />
        </Group>
      </Stack>
      <Confirm
        opened={asking === "rotate"} title={t("endpoints.rotateTitle")} text={t("endpoints.rotateText")} confirm={t("endpoints.rotate")}
        loading={rotate.isPending} onConfirm={() => rotate.mutate()} onClose={() => setAsking(null)}
      />
      <Confirm
        danger opened={asking === "delete"} title={t("endpoints.deleteTitle", { name })} text={t("endpoints.deleteText")}
        confirm={t("endpoints.delete")} loading={remove.isPending} onConfirm={() => remove.mutate()} onClose={() => setAsking(null)}
      />
    </Card>
  );
}
