// The form of a provider: connects it, or changes the connection.
import { Alert, Button, Collapse, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Connection, Provider, ProviderField } from "@/lib/api";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { connectionsQuery, connectProvider } from "./api";
import { fieldMessage } from "./forms";
import { changeOf, faultsOf, formOf, isKept, splitFields } from "./provider-form";
import { ProviderFields } from "./ProviderFields";

type EditorProps = { provider: Provider; connection: Connection | undefined; onMade: (made: Record<string, string>) => void };

export function ProviderEditor({ provider, connection, onMade }: EditorProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [form, setForm] = useState(() => formOf(provider, connection));
  const [tried, setTried] = useState(false);
  const { main, rare } = splitFields(provider);
  const [more, setMore] = useState(() => rare.some((field) => isKept(field, connection)));
  const save = useMutation({
    mutationFn: () => connectProvider(tenant, provider.name, changeOf(provider, form)),
    onSuccess: ({ made, let_in, ...next }) => {
      cache.setQueryData(connectionsQuery(tenant).queryKey, (before) => before && {
        items: [...before.items.filter((one) => one.provider !== next.provider), { ...before.items.find((one) => one.provider === next.provider), ...next }],
      });
      setForm(formOf(provider, next));
      setTried(false);
      notifications.show({ color: "pine", message: connection ? t("connect.saved") : t("provider.connected", { name: provider.title }) });
      if (let_in) notifications.show({ color: "pine", message: t("provider.letIn", { count: let_in }) });
      // Secrets that were made are shown now and kept nowhere.
      if (made && Object.keys(made).length > 0) onMade(made);
    },
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: ["connections", tenant] });
      void cache.invalidateQueries({ queryKey: ["held", tenant] });
    },
    onError: (error) => {
      if (rare.some(({ key }) => fieldMessage(error, key))) setMore(true);
    },
  });
  const faults = faultsOf(provider, form, connection);
  const told = provider.fields.some(({ key }) => fieldMessage(save.error, key));
  const errorOf = ({ key }: ProviderField) => {
    const fault = tried ? faults[key] : undefined;
    return fieldMessage(save.error, key) ?? (fault ? (fault === "kept" ? t("provider.notEmptied") : t("provider.needed")) : undefined);
  };
  const change = (key: string, value: string) => {
    setForm((before) => ({ ...before, [key]: value }));
    save.reset();
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (rare.some(({ key }) => faults[key])) setMore(true);
    if (Object.keys(faults).length === 0) save.mutate();
  }

  const shared = { provider, connection, form, errorOf, onChange: change };
  const Chevron = more ? IconChevronUp : IconChevronDown;
  return (
    <form onSubmit={submit} noValidate aria-label={t("provider.formOf", { name: provider.title })}>
      <Stack gap="md">
        {save.isError && !told ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <ProviderFields fields={main} {...shared} />
        {rare.length > 0 ? (
          <>
            <Button
              variant="subtle" size="compact-md" ml={-8} mr="auto" aria-expanded={more} onClick={() => setMore(!more)}
              rightSection={<Chevron size={16} aria-hidden />}
            >
              {t("provider.optional")}
            </Button>
            <Collapse expanded={more}><Stack gap="md"><ProviderFields fields={rare} {...shared} /></Stack></Collapse>
          </>
        ) : null}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} variant={connection ? "default" : "filled"}>
            {connection ? t("connect.save") : t("connect.connect")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
