// Making a key: its name, what it may do, until when, how often.
import { Alert, Button, Group, Modal, NumberInput, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MadeKey } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useSession, useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { createKey } from "./api";
import { ScopeBoxes } from "./ScopeBoxes";
import { type Choice, scopesOf } from "./scopes";

type NewKeyProps = { opened: boolean; onClose: () => void; onMade: (made: MadeKey) => void };

export function NewKeyDialog({ opened, onClose, onMade }: NewKeyProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("keys.addTitle")} size="lg" closeButtonProps={{ "aria-label": t("action.close") }}>
      <NewKeyForm onClose={onClose} onMade={onMade} />
    </Modal>
  );
}

const choices: Choice[] = ["read", "usual", "chosen"];
/** Days until a key ends; none is for ever. */
const lifetimes = ["30", "90", "365", "none"];
const dayMs = 24 * 3_600_000;

function NewKeyForm({ onClose, onMade }: Omit<NewKeyProps, "opened">) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const { me } = useSession();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [name, setName] = useState("");
  const [choice, setChoice] = useState<Choice>("read");
  const [chosen, setChosen] = useState<string[]>(() => scopesOf("read", me.permissions));
  const [lifetime, setLifetime] = useState("365");
  const [rate, setRate] = useState<number | string>("");
  const [tried, setTried] = useState(false);
  const scopes = choice === "chosen" ? chosen : scopesOf(choice, me.permissions);
  const create = useMutation({
    mutationFn: () =>
      createKey(tenant, {
        name: name.trim(), scopes,
        expires_at: lifetime === "none" ? null : new Date(Date.now() + Number(lifetime) * dayMs).toISOString(),
        rate_per_minute: rate === "" ? null : Number(rate),
      }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["keys", tenant] });
      onClose();
      onMade(made);
    },
  });
  const fieldProblem = (field: string) =>
    create.error instanceof Problem ? create.error.fields.find((problem) => problem.field === field)?.message : undefined;
  const isNamed = create.error instanceof Problem && create.error.fields.length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== "" && scopes.length > 0) create.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg">
        {create.isError && !isNamed ? <Alert color="red" variant="light" role="alert">{problemText(create.error)}</Alert> : null}
        <TextInput
          name="name" label={t("keys.name")} description={t("keys.nameHint")} placeholder="n8n" required maxLength={100} data-autofocus
          value={name} onChange={(event) => setName(event.currentTarget.value)}
          error={fieldProblem("name") ?? (tried && name.trim() === "" ? t("keys.nameNone") : undefined)}
        />
        <Radio.Group
          label={t("keys.may")} value={choice} onChange={(value) => setChoice(value as Choice)}
          error={fieldProblem("scopes") ?? (tried && scopes.length === 0 ? t("keys.scopesNone") : undefined)}
        >
          <Stack gap="xs" mt={8}>
            {choices.map((value) => (
              <Radio key={value} value={value} label={label("keyChoice", value)} description={label("keyChoiceHint", value)} />
            ))}
          </Stack>
        </Radio.Group>
        {choice === "chosen" ? <ScopeBoxes held={me.permissions} chosen={chosen} onChange={setChosen} /> : null}
        <Group grow align="flex-start" preventGrowOverflow={false} wrap="wrap">
          <Select
            label={t("keys.lifetime")} value={lifetime} onChange={(value) => setLifetime(value ?? "365")} allowDeselect={false} miw={200}
            data={lifetimes.map((value) => ({ value, label: label("keyLifetime", value) }))} error={fieldProblem("expires_at")}
          />
          <NumberInput
            name="rate" label={t("keys.rate")} placeholder={t("keys.rateDefault")} min={1} max={10_000} allowDecimal={false} miw={200}
            value={rate} onChange={setRate} error={fieldProblem("rate_per_minute")}
          />
        </Group>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t("keys.create")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
