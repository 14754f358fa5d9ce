// From what the saved time is estimated; who may can change it.
import { Alert, Button, Group, Modal, NativeSelect, NumberInput, SimpleGrid, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Usage } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Problem } from "@/lib/problem";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { saveWorth } from "./api";

type Roi = Usage["roi"];
type WorthProps = { roi: Roi; opened: boolean; onClose: () => void };

const currencies = ["CAD", "CHF", "EUR", "GBP", "USD"];

export function WorthDialog({ roi, opened, onClose }: WorthProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { may } = useSession();
  const minutes = format.number(roi.after_call_seconds / 60);
  return (
    <Modal opened={opened} onClose={onClose} title={t("usage.how")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="md">
        <Text size="sm">
          {t("usage.howText", {
            calls: format.number(roi.calls), talk: format.hours(roi.talk_ms), minutes, after: format.hours(roi.after_call_ms),
            hour: format.money(roi.hourly_value_micros, roi.currency),
          })}
        </Text>
        <Text size="sm" c="dimmed">{t("usage.howNot")}</Text>
        {may("usage.manage") ? <WorthForm roi={roi} onClose={onClose} /> : null}
      </Stack>
    </Modal>
  );
}

function WorthForm({ roi, onClose }: Omit<WorthProps, "opened">) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [hour, setHour] = useState<string | number>(roi.hourly_value_micros / 1_000_000);
  const [currency, setCurrency] = useState(roi.currency);
  const [after, setAfter] = useState<string | number>(roi.after_call_seconds / 60);
  const save = useMutation({
    mutationFn: () => saveWorth(tenant, {
      hourly_value_micros: Math.round(Number(hour) * 1_000_000), currency, after_call_seconds: Math.round(Number(after) * 60),
    }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["usage", tenant] });
      onClose();
    },
  });
  const problem = (field: string) =>
    save.error instanceof Problem ? save.error.fields.find((one) => one.field === field)?.message : undefined;
  const isNamed = save.error instanceof Problem && save.error.fields.length > 0;
  const isFilled = hour !== "" && after !== "";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isFilled) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {save.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <SimpleGrid cols={2} spacing="sm">
          <NumberInput
            label={t("usage.hour")} name="hourly_value" min={0} step={5} decimalScale={2} allowNegative={false}
            value={hour} onChange={setHour} error={problem("hourly_value_micros")}
          />
          <NativeSelect
            label={t("usage.currency")} name="currency" data={currencies} value={currency}
            onChange={(event) => setCurrency(event.currentTarget.value)} error={problem("currency")}
          />
        </SimpleGrid>
        <NumberInput
          label={t("usage.after")} description={t("usage.afterHint")} name="after_call" min={0} decimalScale={1} allowNegative={false}
          value={after} onChange={setAfter} error={problem("after_call_seconds")}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending} disabled={!isFilled}>{t("usage.save")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
