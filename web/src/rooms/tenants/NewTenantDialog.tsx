// Adding a tenant in half a minute: a company, an owner, a plan; then the owner's link.
import { Alert, Button, Group, Modal, SegmentedControl, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CreatedTenant, NewTenant } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { agencyChoicesQuery } from "@/rooms/agencies/api";
import { useSession } from "@/rooms/people/session";
import { CopyField } from "@/ui/Copy";
import { useProblemText } from "@/ui/problem-text";
import { createTenant, planTiers } from "./api";
import { slugOf } from "./slug";

export function NewTenantDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<CreatedTenant | null>(null);
  function close() {
    onClose();
    setMade(null);
  }
  return (
    <Modal
      opened={opened} onClose={close} title={made ? t("newTenant.madeTitle") : t("newTenant.title")} size="lg"
      closeOnClickOutside={made === null} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {made ? <TenantMade made={made} onClose={close} /> : <NewTenantForm onCancel={close} onMade={setMade} />}
    </Modal>
  );
}

type Draft = {
  company_name: string; slug: string | null; owner_name: string; owner_email: string; twilio_phone_number: string;
  plan_tier: string; locale: string; skip_trial: boolean; agency_id: string | null;
};

const blank: Draft = {
  company_name: "", slug: null, owner_name: "", owner_email: "", twilio_phone_number: "", plan_tier: "starter", locale: "fr", skip_trial: false,
  agency_id: null,
};

/** Which field a conflict is about. */
const conflicts: Record<string, string> = {
  slug_taken: "slug", owner_email_taken: "owner_email", number_taken: "twilio_phone_number",
};

function NewTenantForm({ onCancel, onMade }: { onCancel: () => void; onMade: (made: CreatedTenant) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const { isOperator } = useSession();
  const agencies = useQuery({ ...agencyChoicesQuery(), enabled: isOperator }).data?.items ?? [];
  const [draft, setDraft] = useState(blank);
  const [tried, setTried] = useState(false);
  const create = useMutation({
    mutationFn: createTenant,
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["tenants"] });
      onMade(made);
    },
  });
  const set = (change: Partial<Draft>) => {
    create.reset();
    setDraft((before) => ({ ...before, ...change }));
  };
  const slug = draft.slug ?? slugOf(draft.company_name);
  const mine: Record<string, string | undefined> = tried ? {
    company_name: draft.company_name.trim() ? undefined : t("newTenant.companyNeeded"),
    owner_email: /^\S+@\S+\.\S+$/.test(draft.owner_email.trim()) ? undefined : t("newTenant.emailNeeded"),
    slug: slug ? undefined : t("newTenant.slugNeeded"),
  } : {};
  const problem = create.error instanceof Problem ? create.error : null;
  const conflict = problem ? conflicts[problem.code] : undefined;
  const errorOf = (field: string) =>
    mine[field] ?? problem?.fields.find((entry) => entry.field === field)?.message ?? (conflict === field ? problem?.detail : undefined);
  const isShown = conflict !== undefined || (problem?.fields.length ?? 0) > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!draft.company_name.trim() || !/^\S+@\S+\.\S+$/.test(draft.owner_email.trim()) || !slug) return;
    const optional = (text: string) => text.trim() || undefined;
    create.mutate({
      company_name: draft.company_name.trim(),
      owner_email: draft.owner_email.trim(),
      slug,
      owner_name: optional(draft.owner_name),
      twilio_phone_number: optional(draft.twilio_phone_number),
      plan_tier: draft.plan_tier,
      locale: draft.locale,
      skip_trial: draft.skip_trial,
      agency_id: draft.agency_id ?? undefined,
    } as NewTenant);
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem && !isShown ? <Alert color="red" variant="light" role="alert">{problemText(problem)}</Alert> : null}
        <TextInput
          label={t("newTenant.company")} required data-autofocus value={draft.company_name} error={errorOf("company_name")}
          onChange={(event) => set({ company_name: event.currentTarget.value })}
        />
        <TextInput
          label={t("newTenant.slug")} description={t("newTenant.slugHint")} value={slug} error={errorOf("slug")}
          onChange={(event) => set({ slug: event.currentTarget.value.toLowerCase() })}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <TextInput
            label={t("newTenant.ownerName")} autoComplete="off" value={draft.owner_name} error={errorOf("owner_name")}
            onChange={(event) => set({ owner_name: event.currentTarget.value })}
          />
          <TextInput
            label={t("newTenant.ownerEmail")} type="email" required autoComplete="off" value={draft.owner_email} error={errorOf("owner_email")}
            onChange={(event) => set({ owner_email: event.currentTarget.value })}
          />
          <Select
            label={t("tenants.plan")} allowDeselect={false} data={planTiers.map((plan) => ({ value: plan, label: label("plan", plan) }))}
            value={draft.plan_tier} onChange={(plan) => set({ plan_tier: plan ?? "starter" })}
          />
          <TextInput
            label={t("newTenant.phone")} type="tel" placeholder="+1 514 555-0123" autoComplete="off" value={draft.twilio_phone_number}
            error={errorOf("twilio_phone_number")} onChange={(event) => set({ twilio_phone_number: event.currentTarget.value })}
          />
        </SimpleGrid>
        {agencies.length > 0 ? (
          <Select
            label={t("tenants.agency")} placeholder={t("tenants.itself")} clearable searchable value={draft.agency_id} error={errorOf("agency_id")}
            data={agencies.map(({ id, name }) => ({ value: id, label: name }))} onChange={(agency_id) => set({ agency_id })}
            clearButtonProps={{ "aria-label": t("filter.clearOne", { name: t("tenants.agency") }) }}
          />
        ) : null}
        <Group justify="space-between" gap="md">
          <Stack gap={4}>
            <Text size="sm" fw={500} id="tenant-language">{t("newTenant.language")}</Text>
            <SegmentedControl
              aria-labelledby="tenant-language" value={draft.locale} onChange={(locale) => set({ locale })}
              data={[{ value: "fr", label: t("language.fr") }, { value: "en", label: t("language.en") }]}
            />
          </Stack>
          <Switch
            label={t("newTenant.skipTrial")} description={t("newTenant.skipTrialHint")} checked={draft.skip_trial}
            onChange={(event) => set({ skip_trial: event.currentTarget.checked })}
          />
        </Group>
        <Group justify="flex-end" gap="xs" mt="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" loading={create.isPending}>{t("newTenant.submit")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function TenantMade({ made, onClose }: { made: CreatedTenant; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Stack gap="lg">
      <Alert color="pine" variant="light" icon={<IconCircleCheck aria-hidden />} role="status">
        {t("newTenant.made", { company: made.tenant.company_name })}
      </Alert>
      {made.owner_link ? (
        <CopyField label={t("newTenant.link")} hint={t("newTenant.linkHint")} value={made.owner_link} />
      ) : (
        <Text size="sm">{t("newTenant.ownerKnown")}</Text>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>{t("action.close")}</Button>
        <Button
          onClick={() => {
            onClose();
            void navigate({ to: "/connect", search: { tenant: made.tenant.slug } });
          }}
        >
          {t("newTenant.open")}
        </Button>
      </Group>
    </Stack>
  );
}
