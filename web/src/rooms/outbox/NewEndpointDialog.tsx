// Adding an endpoint.
import { Alert, Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { NewSecret } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { createEndpoint, eventTypes } from "./api";
import { EndpointFields, limitsBody, limitsOf } from "./EndpointFields";

type NewEndpointProps = { opened: boolean; onClose: () => void; onSecret: (secret: NewSecret) => void };

export function NewEndpointDialog({ opened, onClose, onSecret }: NewEndpointProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("endpoints.addTitle")} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <NewEndpointForm onClose={onClose} onSecret={onSecret} />
    </Modal>
  );
}

function NewEndpointForm({ onClose, onSecret }: Omit<NewEndpointProps, "opened">) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [kind, setKind] = useState<"n8n" | "webhook">("n8n");
  const [url, setUrl] = useState("");
  const [description, setDescription] = useState("");
  const [types, setTypes] = useState<string[]>(eventTypes.slice(0, 1));
  const [limits, setLimits] = useState(limitsOf());
  const [more, setMore] = useState(false);
  const [tried, setTried] = useState(false);
  const create = useMutation({
    mutationFn: () => createEndpoint(tenant, { kind, url: url.trim(), description: description.trim(), event_types: types, ...limitsBody(limits) }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["endpoints", tenant] });
      onClose();
      onSecret(made);
    },
  });
  const fieldProblem = (field: string) =>
    create.error instanceof Problem ? create.error.fields.find((problem) => problem.field === field)?.message : undefined;
  const isNamed = create.error instanceof Problem && create.error.fields.length > 0;
  const badUrl = !/^https?:\/\/.+/.test(url.trim());

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!badUrl && types.length > 0) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {create.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(create.error)}</Alert> : null}
        <Stack gap={4}>
          <Text size="sm" fw={500} id="endpoint-kind">{t("endpoints.kind")}</Text>
          <SegmentedControl
            aria-labelledby="endpoint-kind" value={kind} onChange={(value) => setKind(value as "n8n" | "webhook")}
            data={["n8n", "webhook"].map((value) => ({ value, label: label("endpointKind", value) }))}
          />
        </Stack>
        <TextInput
          label={t("endpoints.url")} description={kind === "n8n" ? t("endpoints.urlHintN8n") : t("endpoints.urlHint")}
          placeholder="https://" type="url" inputMode="url" required data-autofocus
          value={url} onChange={(event) => setUrl(event.currentTarget.value)}
          error={fieldProblem("url") ?? (tried && badUrl ? t("endpoints.urlBad") : undefined)}
        />
        <TextInput
          label={t("endpoints.description")} placeholder={t("endpoints.descriptionHint")}
          value={description} onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={t("endpoints.events")} value={types} onChange={setTypes}
          error={tried && types.length === 0 ? t("endpoints.eventsNone") : undefined}
        >
          <Stack gap="xs" mt={6}>
            {eventTypes.map((type) => (
              <Checkbox key={type} value={type} label={label("eventType", type)} description={label("eventHint", type)} />
            ))}
          </Stack>
        </Checkbox.Group>
        {more ? <EndpointFields limits={limits} onChange={setLimits} problem={fieldProblem} /> : (
          <Button variant="subtle" size="compact-sm" onClick={() => setMore(true)} style={{ alignSelf: "flex-start" }}>{t("endpoints.more")}</Button>
        )}
        <Group justify="flex-end" gap="xs" mt="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t("endpoints.create")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
