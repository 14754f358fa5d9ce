// The n8n workflow that is told of calls: where it is, whether it is told, and how it fares.
import { Alert, Anchor, Group, Switch } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCheck, IconPlayerPause } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { N8n } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import type { ShownSecret } from "@/rooms/outbox/SecretDialog";
import { useSession, useTenant } from "@/rooms/people/session";
import { Details } from "@/ui/Details";
import { Pill } from "@/ui/Pill";
import { useProblemText } from "@/ui/problem-text";
import { connectN8n, disconnectN8n, n8nQuery } from "./api";
import { ConnectionCard } from "./ConnectionCard";
import { N8nEditor } from "./N8nEditor";
import { N8nExamples } from "./N8nExamples";
import { N8nExecutions } from "./N8nExecutions";
import { N8nTest } from "./N8nTest";

export function N8nCard({ view, onSecret }: { view: N8n; onSecret: (secret: ShownSecret) => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const { webhook_url, instance_url, workflow_id } = view;
  return (
    <ConnectionCard
      name="n8n" purpose={t("n8n.purpose")} connected={view.connected} testId="n8n"
      sign={view.is_active ? <Pill tone="good" icon={IconCheck}>{t("n8n.on")}</Pill> : <Pill tone="quiet" icon={IconPlayerPause}>{t("n8n.off")}</Pill>}
      since={view.endpoint?.created_at} warning={t("n8n.disconnectText")} disconnect={disconnectN8n}
    >
      {view.connected ? <N8nState view={view} /> : null}
      {may("connections.manage") ? (
        <N8nEditor key={JSON.stringify([webhook_url, instance_url, workflow_id])} view={view} onSecret={onSecret} />
      ) : (
        <Details
          items={[
            { name: t("n8n.webhookUrl"), value: webhook_url }, { name: t("n8n.instanceUrl"), value: instance_url },
            { name: t("n8n.workflowId"), value: workflow_id }, { name: t("n8n.apiKey"), value: view.api_key_masked },
          ]}
        />
      )}
      {view.connected && may("connections.manage") ? <N8nTest key={JSON.stringify(view.endpoint?.updated_at)} view={view} /> : null}
      {view.endpoint && may("deliveries.read") ? <N8nExecutions view={view} endpoint={view.endpoint.id} /> : null}
      <N8nExamples />
    </ConnectionCard>
  );
}

/** On or off, the way to its deliveries, and why it is troubled. */
function N8nState({ view }: { view: N8n }) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const { may } = useSession();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const toggle = useMutation({
    mutationFn: (isActive: boolean) => connectN8n(tenant, { webhook_url: view.webhook_url ?? "", is_active: isActive }),
    onSuccess: (next) => cache.setQueryData(n8nQuery(tenant).queryKey, next),
    onError: (error) => notifications.show({ color: "red", title: t("connect.failed"), message: problemText(error) }),
    onSettled: () => void cache.invalidateQueries({ queryKey: ["endpoints", tenant] }),
  });
  const { endpoint } = view;
  return (
    <>
      {endpoint?.circuit === "open" ? (
        <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">{t("endpoints.circuitOpen")}</Alert>
      ) : null}
      {endpoint && !endpoint.is_active && endpoint.disabled_reason ? (
        <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">{label("failureCode", endpoint.disabled_reason)}</Alert>
      ) : null}
      <Group justify="space-between" gap="sm">
        <Switch
          checked={view.is_active} disabled={!may("connections.manage") || toggle.isPending} label={t("n8n.active")}
          onChange={(event) => toggle.mutate(event.currentTarget.checked)}
        />
        {endpoint && may("deliveries.read") ? (
          <Anchor component={Link} to="/deliveries" search={{ endpoint_id: endpoint.id } as never} size="sm" underline="always">
            {t("endpoints.deliveries")}
          </Anchor>
        ) : null}
      </Group>
    </>
  );
}
