// Changing an endpoint: its name and address, what it hears, and how fast.
import { Alert, Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { EndpointRow } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { changeEndpoint, eventTypes } from "./api";
import { EndpointFields, limitsBody, limitsOf } from "./EndpointFields";

type EditProps = { endpoint: EndpointRow; opened: boolean; onClose: () => void };

export function EditEndpointDialog({ endpoint, opened, onClose }: EditProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("endpoints.editTitle")} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <EditForm endpoint={endpoint} onClose={onClose} />
    </Modal>
  );
}

function EditForm({ endpoint, onClose }: Omit<EditProps, "opened">) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [url, setUrl] = useState(endpoint.url);
  const [description, setDescription] = useState(endpoint.description);
  const [types, setTypes] = useState(endpoint.event_types);
  const [limits, setLimits] = useState(limitsOf(endpoint));
  const save = useMutation({
    mutationFn: () =>
      changeEndpoint(tenant, endpoint.id, {
        ...(url.trim() === endpoint.url ? {} : { url: url.trim() }), description: description.trim(), event_types: types, ...limitsBody(limits, endpoint),
      }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["endpoints", tenant] });
      onClose();
    },
  });
  const problem = (field: string) =>
    save.error instanceof Problem ? save.error.fields.find((one) => one.field === field)?.message : undefined;
  const isNamed = save.error instanceof Problem && save.error.fields.length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (types.length > 0) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {save.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <TextInput
          label={t("endpoints.url")} description={t("endpoints.urlHint")} type="url" inputMode="url" required
          value={url} onChange={(event) => setUrl(event.currentTarget.value)} error={problem("url")}
        />
        <TextInput label={t("endpoints.description")} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Checkbox.Group
          label={t("endpoints.events")} value={types} onChange={setTypes}
          error={problem("event_types") ?? (types.length === 0 ? t("endpoints.eventsNone") : undefined)}
        >
          <Stack gap="xs" mt={6}>
            {eventTypes.map((type) => <Checkbox key={type} value={type} label={label("eventType", type)} />)}
          </Stack>
        </Checkbox.Group>
        <EndpointFields limits={limits} onChange={setLimits} keptHeader={endpoint.header_name} problem={problem} />
        <Group justify="flex-end" gap="xs" mt="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending}>{t("endpoints.save")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
