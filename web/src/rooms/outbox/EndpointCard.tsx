// One endpoint: where, what, how it fares; on and off, and a test event.
import { Alert, Badge, Box, Button, Card, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconSend2 } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { DeliveryStats, EndpointRow, NewSecret } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { changeEndpoint, sendTest } from "./api";
import { EndpointFigures, RedeliveryProgress } from "./EndpointFigures";
import { EndpointMenu } from "./EndpointMenu";
import { endpointName } from "./words";

type EndpointCardProps = {
  endpoint: EndpointRow;
  figures: DeliveryStats["endpoints"][number] | undefined;
  onSecret: (secret: NewSecret) => void;
};

export function EndpointCard({ endpoint, figures, onSecret }: EndpointCardProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const tenant = useTenant();
  const { may } = useSession();
  const mayManage = may("endpoints.manage");
  const cache = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const common = {
    onError: (error: unknown) => notifications.show({ color: "red", title: t("endpoints.failed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["endpoints", tenant] }),
  };
  const change = useMutation({ mutationFn: (isActive: boolean) => changeEndpoint(tenant, endpoint.id, { is_active: isActive }), ...common });
  const test = useMutation({
    mutationFn: () => sendTest(tenant, endpoint.id),
    ...common,
    onSuccess: (delivery) => void navigate({ to: "/deliveries/$id", params: { id: delivery.id } as never }),
  });
  const name = endpointName(endpoint);
  const limits = [
    t("endpoints.atATime", { count: endpoint.max_in_flight }),
    endpoint.rate_per_second == null ? null : t("endpoints.perSecond", { rate: format.number(endpoint.rate_per_second) }),
    endpoint.header_name ? t("endpoints.withHeader", { name: endpoint.header_name }) : null,
  ].filter((text) => text !== null);

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
          {mayManage ? <EndpointMenu endpoint={endpoint} deadLetters={figures?.dead_letters ?? 0} onSecret={onSecret} /> : null}
        </Group>
        {endpoint.is_active && endpoint.circuit === "open" ? (
          <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">
            {t("endpoints.circuitOpen")}
            {endpoint.failing_since ? ` ${t("endpoints.failingSince", { date: format.dateTime(endpoint.failing_since) })}` : null}
          </Alert>
        ) : null}
        {!endpoint.is_active && endpoint.disabled_reason ? (
          <Alert color={endpoint.disabled_reason === "by_hand" ? "gray" : "red"} variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">
            {label("disabledReason", endpoint.disabled_reason)}
          </Alert>
        ) : null}
        <Group gap={6}>
          {endpoint.event_types.map((type) => <Badge key={type} variant="light" tt="none" fw={500}>{label("eventType", type)}</Badge>)}
        </Group>
        <Stack gap={4}>
          <EndpointFigures figures={figures} />
          <Text size="xs" c="dimmed">{limits.join(" · ")}</Text>
          <RedeliveryProgress endpoint={endpoint.id} />
        </Stack>
        <Group justify="space-between" mt="auto" gap="xs">
          <Text size="xs" c="dimmed">
            {t("endpoints.secretEnds", { last4: endpoint.secret_last4 })} · {t("endpoints.since", { date: format.day(endpoint.created_at) })}
          </Text>
          <Group gap="md" ml="auto">
            {mayManage && endpoint.is_active ? (
              <Button size="xs" variant="default" leftSection={<IconSend2 size={15} aria-hidden />} loading={test.isPending} onClick={() => test.mutate()}>
                {t("endpoints.test")}
              </Button>
            ) : null}
            <Switch
              checked={endpoint.is_active} disabled={!mayManage || change.isPending}
              onChange={(event) => change.mutate(event.currentTarget.checked)}
              label={endpoint.is_active ? t("endpoints.on") : t("endpoints.off")} labelPosition="left"
              aria-label={t("endpoints.toggle", { name })}
            />
          </Group>
        </Group>
      </Stack>
    </Card>
  );
}
