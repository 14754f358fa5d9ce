// How long what was received is kept as it came, and changing that.
import { Alert, Anchor, Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Retention } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { keepFor, retentionQuery } from "./api";

/** Nothing until it is known. */
export function Kept() {
  const { t } = useTranslation();
  const { may } = useSession();
  const { data } = useQuery(retentionQuery(useTenant()));
  const [opened, setOpened] = useState(false);
  if (!data) return null;
  return (
    <>
      <Text size="sm" c="dimmed" data-testid="kept">
        {t("inbox.keptFor", { count: data.days })}{" "}
        {may("inbox.manage") ? (
          <Anchor component="button" type="button" size="sm" underline="always" onClick={() => setOpened(true)}>{t("inbox.changeKept")}</Anchor>
        ) : null}
      </Text>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("inbox.keptTitle")} closeButtonProps={{ "aria-label": t("action.close") }}>
        <KeptForm kept={data} onClose={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function KeptForm({ kept, onClose }: { kept: Retention; onClose: () => void }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [days, setDays] = useState<number | string>(kept.days);
  const save = useMutation({
    mutationFn: (chosen: number | null) => keepFor(tenant, chosen),
    onSuccess: (now) => {
      cache.setQueryData(retentionQuery(tenant).queryKey, now);
      void cache.invalidateQueries({ queryKey: ["inbox", tenant] });
      notifications.show({ color: "pine", message: t("inbox.keptFor", { count: now.days }) });
      onClose();
    },
  });
  const fieldProblem = save.error instanceof Problem ? save.error.fields.find((one) => one.field === "days")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(Number(days));
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm" c="dimmed">{t("inbox.keptText")}</Text>
        {save.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(save.error)}</Alert> : null}
        <NumberInput
          label={t("inbox.days")} name="days" min={1} max={3650} allowDecimal={false} value={days} onChange={setDays} error={fieldProblem} data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          {kept.is_own ? (
            <Button variant="subtle" onClick={() => save.mutate(null)} disabled={save.isPending}>{t("inbox.standardKept", { count: kept.standard_days })}</Button>
          ) : null}
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending} disabled={days === ""}>{t("inbox.save")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
