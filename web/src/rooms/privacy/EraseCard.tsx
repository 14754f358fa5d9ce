// Erasing one caller: look, see what there is, type the number, have it erased, keep the receipt.
import { Alert, Button, Group, List, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch, IconShieldCheck, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ErasurePreview, ErasureRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { humanise } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { previewErasure } from "./api";
import { useCounted } from "./counted";
import { EraseDialog } from "./EraseDialog";
import { ReceiptButton } from "./ReceiptButton";

export function EraseCard() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [phone, setPhone] = useState("");
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState<ErasureRow | null>(null);
  const look = useMutation({ mutationFn: (number: string) => previewErasure(tenant, number), onMutate: () => setDone(null) });
  const fieldProblem = look.error instanceof Problem ? look.error.fields.find((one) => one.field === "phone")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    look.mutate(phone);
  }

  function erased(row: ErasureRow) {
    setAsking(false);
    setDone(row);
    setPhone("");
    look.reset();
    void cache.invalidateQueries();
  }

  return (
    <Section title={t("privacy.eraseTitle")}>
      <Stack gap="md" data-testid="erase">
        <Text size="sm" c="dimmed">{t("privacy.eraseText")}</Text>
        <form onSubmit={submit} noValidate>
          <Group gap="xs" align="flex-start">
            <TextInput
              type="tel" name="phone" aria-label={t("privacy.phone")} placeholder="+1 514 555-0123" value={phone} error={fieldProblem} flex={1} miw={200} maw={320}
              onChange={(event) => setPhone(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" leftSection={<IconSearch size={16} aria-hidden />} loading={look.isPending} disabled={phone.trim() === ""}>
              {t("privacy.look")}
            </Button>
          </Group>
        </form>
        {look.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(look.error)}</Alert> : null}
        {look.data ? <Found found={look.data} onErase={() => setAsking(true)} /> : null}
        {done ? <Done row={done} /> : null}
      </Stack>
      {look.data ? <EraseDialog found={look.data} opened={asking} onClose={() => setAsking(false)} onErased={erased} /> : null}
    </Section>
  );
}

/** What there is of the caller, and the way on. */
function Found({ found, onErase }: { found: ErasurePreview; onErase: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const counted = useCounted();
  const lines = counted(found.counts);
  if (lines.length === 0) return <Alert color="gray" variant="light" data-testid="nothing-found">{t("privacy.nothingFound", { phone: format.phone(found.phone) })}</Alert>;
  return (
    <Alert color="lamp" variant="light" data-testid="found" title={found.name ? `${found.name} · ${format.phone(found.phone)}` : format.phone(found.phone)}>
      <Stack gap="sm">
        {found.first_at ? <Text size="sm">{t("privacy.heardOf", { first: format.day(found.first_at), last: format.day(found.last_at) })}</Text> : null}
        <List size="sm" spacing={2}>{lines.map((line) => <List.Item key={line}>{line}</List.Item>)}</List>
        {found.providers.length > 0 ? (
          <Text size="sm">{t("privacy.providersAsked", { providers: found.providers.map(humanise).join(", ") })}</Text>
        ) : null}
        {found.endpoints > 0 ? <Text size="sm">{t("privacy.endpointsTold", { count: found.endpoints })}</Text> : null}
        <Group>
          <Button color="red.8" leftSection={<IconTrash size={17} aria-hidden />} onClick={onErase}>{t("privacy.erase")}</Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function Done({ row }: { row: ErasureRow }) {
  const { t } = useTranslation();
  return (
    <Alert color="pine" variant="light" icon={<IconShieldCheck size={18} aria-hidden />} title={t("privacy.erased")} role="status" data-testid="erased">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{t("privacy.erasedText")}</Text>
        <ReceiptButton id={row.id} />
      </Stack>
    </Alert>
  );
}
