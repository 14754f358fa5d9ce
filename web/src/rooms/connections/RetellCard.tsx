// The connection to Retell: the agent, its key, and what to do in Retell's dashboard.
import { Alert, Button, Group, List, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconBroadcast } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Retell } from "@/lib/api";
import { useSession, useTenant } from "@/rooms/people/session";
import { CopyField } from "@/ui/Copy";
import { Details } from "@/ui/Details";
import { Pill } from "@/ui/Pill";
import { useProblemText } from "@/ui/problem-text";
import { connectRetell, disconnectRetell, retellQuery } from "./api";
import { ConnectionCard } from "./ConnectionCard";
import { fieldMessage, isAgentTaken, retellChange } from "./forms";
import { StandingOf } from "./Standing";

export function RetellCard({ view }: { view: Retell }) {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <ConnectionCard
      name="Retell" purpose={t("retell.purpose")} connected={view.connected} testId="retell"
      sign={<Pill tone="good" icon={IconBroadcast}>{t("retell.online")}</Pill>}
      since={view.created_at} warning={t("retell.disconnectText")} disconnect={disconnectRetell}
    >
      {view.connected && view.hook_url ? (
        <CopyField label={t("retell.hookUrl")} hint={t("retell.hookUrlHint")} value={view.hook_url} />
      ) : null}
      {view.connected ? <StandingOf provider="retell" /> : null}
      <Stack gap="xs">
        <Text size="sm" fw={600}>{t("retell.steps")}</Text>
        <List type="ordered" size="sm" spacing={6} withPadding={false}>
          <List.Item>{t("retell.step1")}</List.Item>
          <List.Item>{t("retell.step2")}</List.Item>
          <List.Item>{view.connected ? t("retell.step3") : t("retell.step3Before")}</List.Item>
        </List>
      </Stack>
      {may("connections.manage") ? <RetellEditor key={view.agent_id ?? ""} view={view} /> : (
        <Details items={[{ name: t("retell.agentId"), value: view.agents.join(", ") }, { name: t("retell.apiKey"), value: view.api_key_masked }]} />
      )}
    </ConnectionCard>
  );
}

function RetellEditor({ view }: { view: Retell }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [agentId, setAgentId] = useState(view.agent_id ?? "");
  const [apiKey, setApiKey] = useState("");
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => connectRetell(tenant, retellChange({ agentId, apiKey })),
    onSuccess: (next) => {
      cache.setQueryData(retellQuery(tenant).queryKey, next);
      void cache.invalidateQueries({ queryKey: ["connections", tenant, "all"] });
      void cache.invalidateQueries({ queryKey: ["held", tenant] });
      setApiKey("");
      setTried(false);
      notifications.show({ color: "pine", message: view.connected ? t("connect.saved") : t("retell.connected") });
    },
  });
  const agentError = isAgentTaken(save.error) ? t("retell.agentTaken") : fieldMessage(save.error, "agent_id");
  const keyError = fieldMessage(save.error, "api_key");
  const lacksAgent = agentId.trim() === "";
  const lacksKey = !view.connected && apiKey.trim() === "";

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!lacksAgent && !lacksKey) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {save.isError && !agentError && !keyError ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <TextInput
          label={t("retell.agentId")} description={t("retell.agentIdHint")} placeholder="agent_…" required name="agent_id"
          autoComplete="off" spellCheck={false} value={agentId}
          onChange={(event) => {
            setAgentId(event.currentTarget.value);
            save.reset();
          }}
          error={agentError ?? (tried && lacksAgent ? t("retell.agentIdNeeded") : undefined)}
        />
        <PasswordInput
          label={t("retell.apiKey")} required={!view.connected} name="api_key" autoComplete="off"
          description={view.api_key_masked ? t("connect.keyKept", { key: view.api_key_masked }) : t("retell.apiKeyHint")}
          placeholder={view.api_key_masked ?? "key_…"} visibilityToggleButtonProps={{ "aria-label": t("connect.showKey") }}
          value={apiKey} onChange={(event) => setApiKey(event.currentTarget.value)}
          error={keyError ?? (tried && lacksKey ? t("retell.apiKeyNeeded") : undefined)}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} variant={view.connected ? "default" : "filled"}>
            {view.connected ? t("connect.save") : t("connect.connect")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
