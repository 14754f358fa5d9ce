// Does a call reach the workflow? Asked on demand, answered in words.
import { Alert, Button, Code, Group, List, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconAlertTriangle, IconCheck, IconPlayerPlay, IconPlugConnected } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Diagnosis, N8n } from "@/lib/api";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { activateN8n, testN8n } from "./api";

export function N8nTest({ view }: { view: N8n }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const problemText = useProblemText();
  const ask = useMutation({
    mutationFn: (act: "test" | "activate") => (act === "test" ? testN8n(tenant) : activateN8n(tenant)),
    onError: (error) => notifications.show({ color: "red", title: t("connect.failed"), message: problemText(error) }),
  });
  const canActivate = Boolean(view.api_key_masked && view.workflow_id);
  return (
    <Stack gap="sm" data-testid="n8n-test">
      <Group gap="sm">
        <Button
          variant="default" leftSection={<IconPlugConnected size={17} aria-hidden />} onClick={() => ask.mutate("test")}
          loading={ask.isPending && ask.variables === "test"} disabled={ask.isPending}
        >
          {t("n8n.test")}
        </Button>
        {canActivate ? (
          <Button
            variant="subtle" leftSection={<IconPlayerPlay size={17} aria-hidden />} onClick={() => ask.mutate("activate")}
            loading={ask.isPending && ask.variables === "activate"} disabled={ask.isPending}
          >
            {t("n8n.activate")}
          </Button>
        ) : null}
      </Group>
      {ask.data ? <Found diagnosis={ask.data} /> : null}
    </Stack>
  );
}

function Found({ diagnosis }: { diagnosis: Diagnosis }) {
  const { t } = useTranslation();
  const { ok, code, message, workflow_name, addresses, said } = diagnosis;
  const IconOf = ok ? IconCheck : IconAlertTriangle;
  return (
    <Alert
      color={ok ? "pine" : "lamp"} variant="light" icon={<IconOf aria-hidden />} title={ok ? t("n8n.ready") : t("n8n.notReady")} role="status"
      data-code={code}
    >
      <Stack gap={6}>
        <Text size="sm">{message}</Text>
        {workflow_name ? <Text size="xs" c="dimmed">{t("n8n.workflow", { name: workflow_name })}</Text> : null}
        {!ok && addresses.length > 0 ? (
          <>
            <Text size="xs" c="dimmed">{t("n8n.listensAt")}</Text>
            <List size="xs" spacing={4} withPadding={false}>
              {addresses.map((address) => <List.Item key={address}><Code style={{ overflowWrap: "anywhere" }}>{address}</Code></List.Item>)}
            </List>
          </>
        ) : null}
        {said ? (
          <>
            <Text size="xs" c="dimmed">{t("n8n.said")}</Text>
            <Code block style={{ whiteSpace: "pre-wrap" }}>{said}</Code>
          </>
        ) : null}
      </Stack>
    </Alert>
  );
}
