// Where n8n is: its webhook, and optionally its instance.
import { Alert, Button, Group, PasswordInput, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { N8n } from "@/lib/api";
import type { ShownSecret } from "@/rooms/outbox/SecretDialog";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { connectN8n, n8nQuery } from "./api";
import { fieldMessage, isAddress, type N8nForm, n8nChange, n8nFormOf, secretOf } from "./forms";

export function N8nEditor({ view, onSecret }: { view: N8n; onSecret: (secret: ShownSecret) => void }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [form, setForm] = useState<N8nForm>(() => n8nFormOf(view));
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => connectN8n(tenant, n8nChange(form)),
    onSuccess: ({ secret, secret_ascii, ...next }) => {
      // The secret is shown now and kept nowhere.
      const made = secretOf({ ...next, secret, secret_ascii });
      cache.setQueryData(n8nQuery(tenant).queryKey, next);
      void cache.invalidateQueries({ queryKey: ["endpoints", tenant] });
      setForm((before) => ({ ...before, apiKey: "" }));
      setTried(false);
      if (made) onSecret(made);
      else notifications.show({ color: "pine", message: t("connect.saved") });
    },
  });
  const urlError = fieldMessage(save.error, "webhook_url", "url");
  const badUrl = !isAddress(form.webhookUrl);
  const badInstance = form.instanceUrl.trim() !== "" && !isAddress(form.instanceUrl);
  const set = (field: keyof N8nForm) => (event: ChangeEvent<HTMLInputElement>) => {
    const { value } = event.currentTarget;
    setForm((before) => ({ ...before, [field]: value }));
    save.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!badUrl && !badInstance) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {save.isError && !urlError ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <TextInput
          label={t("n8n.webhookUrl")} description={t("endpoints.urlHintN8n")} placeholder="https://" type="url" inputMode="url" required
          name="webhook_url" value={form.webhookUrl} onChange={set("webhookUrl")}
          error={urlError ?? (tried && badUrl ? t("endpoints.urlBad") : undefined)}
        />
        <TextInput
          label={t("n8n.instanceUrl")} description={t("n8n.instanceUrlHint")} placeholder="https://" type="url" inputMode="url"
          name="instance_url" value={form.instanceUrl} onChange={set("instanceUrl")}
          error={tried && badInstance ? t("endpoints.urlBad") : undefined}
        />
        <TextInput
          label={t("n8n.workflowId")} description={t("n8n.workflowIdHint")} name="workflow_id" autoComplete="off" spellCheck={false}
          value={form.workflowId} onChange={set("workflowId")}
        />
        <PasswordInput
          label={t("n8n.apiKey")} name="api_key" autoComplete="off"
          description={view.api_key_masked ? t("connect.keyKept", { key: view.api_key_masked }) : t("n8n.apiKeyHint")}
          placeholder={view.api_key_masked ?? undefined} visibilityToggleButtonProps={{ "aria-label": t("connect.showKey") }}
          value={form.apiKey} onChange={set("apiKey")}
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
