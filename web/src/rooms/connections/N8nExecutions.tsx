// What the workflow did lately, and whether n8n can be asked about it.
import { Alert, Box, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { N8n } from "@/lib/api";
import { useTenant } from "@/rooms/people/session";
import { executionsQuery } from "@/rooms/workflows/api";
import { ExecutionList } from "@/rooms/workflows/ExecutionList";
import { When } from "@/ui/When";

export function N8nExecutions({ view, endpoint }: { view: N8n; endpoint: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(executionsQuery(useTenant(), { endpoint_id: endpoint, limit: 5 }));
  const { watch } = view;
  return (
    <Box data-testid="n8n-executions">
      <Title order={3} fz="sm" mb="xs">{t("n8n.executions")}</Title>
      {watch?.last_error ? (
        <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs" mb="xs" title={t("n8n.watchFailed")}>
          {watch.message}
        </Alert>
      ) : null}
      {data && data.items.length > 0 ? <ExecutionList executions={data.items} /> : null}
      {data && data.items.length === 0 ? <Text size="sm" c="dimmed">{t("n8n.noExecutions")}</Text> : null}
      {watch ? <Text size="xs" c="dimmed" mt="xs" component="div">{t("n8n.watchedAt")} <When at={watch.checked_at} size="xs" inherit /></Text> : null}
    </Box>
  );
}
