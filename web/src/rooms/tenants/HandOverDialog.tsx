// Giving a tenant to an agency or to itself: who receives it, what ends with it, and afterwards what came of it.
import { Alert, Button, Group, List, Modal, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { HandedOver, TenantRow } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { agencyChoicesQuery } from "@/rooms/agencies/api";
import { useSession } from "@/rooms/people/session";
import { CopyField } from "@/ui/Copy";
import { useProblemText } from "@/ui/problem-text";
import { handOver } from "./api";

type HandOverDialogProps = { opened: boolean; onClose: () => void; tenant: TenantRow };

export function HandOverDialog({ opened, onClose, tenant }: HandOverDialogProps) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const { isOperator } = useSession();
  const [done, setDone] = useState<HandedOver | null>(null);
  function close() {
    onClose();
    if (!done) return;
    setDone(null);
    void cache.invalidateQueries({ queryKey: ["tenants"] });
    void cache.invalidateQueries({ queryKey: ["agencies"] });
    // To whoever gave it away it is no longer there.
    if (!isOperator) void navigate({ to: "/admin/tenants", search: {} });
  }
  return (
    <Modal
      opened={opened} onClose={close} title={done ? t("handOver.doneTitle") : t("handOver.title", { company: tenant.company_name })}
      closeOnClickOutside={done === null} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {done ? <Done done={done} company={tenant.company_name} onClose={close} /> : <HandOverForm tenant={tenant} onCancel={close} onDone={setDone} />}
    </Modal>
  );
}

function HandOverForm({ tenant, onCancel, onDone }: { tenant: TenantRow; onCancel: () => void; onDone: (done: HandedOver) => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const { me, isOperator } = useSession();
  const [to, setTo] = useState<"itself" | "agency">(tenant.agency ? "itself" : "agency");
  const [agency, setAgency] = useState("");
  const choices = useQuery({ ...agencyChoicesQuery(), enabled: isOperator }).data?.items;
  const others = choices?.filter(({ id }) => id !== tenant.agency?.id) ?? [];
  const give = useMutation({ mutationFn: () => handOver(tenant.id, to === "agency" ? agency.trim() : null), onSuccess: onDone });
  const problem = give.error instanceof Problem ? give.error : null;
  const agencyError = problem?.fields.find(({ field }) => field === "agency_id")?.message;
  const isReady = to === "itself" || agency.trim() !== "";

  function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady) give.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem && !agencyError ? <Alert color="red" variant="light" role="alert">{problemText(problem)}</Alert> : null}
        {tenant.agency ? (
          <Radio.Group label={t("handOver.to")} value={to} onChange={(value) => setTo(value as typeof to)}>
            <Stack gap="xs" mt="xs">
              <Radio value="itself" label={t("handOver.itself")} description={t("handOver.itselfHint")} />
              <Radio value="agency" label={t("handOver.otherAgency")} />
            </Stack>
          </Radio.Group>
        ) : null}
        {to === "agency" && isOperator ? (
          <Select
            label={tenant.agency ? t("tenants.agency") : t("handOver.to")} searchable value={agency || null} error={agencyError}
            data={others.map(({ id, name }) => ({ value: id, label: name }))} onChange={(next) => setAgency(next ?? "")}
            description={choices && others.length === 0 ? t("handOver.noAgency") : undefined}
          />
        ) : null}
        {to === "agency" && !isOperator ? (
          <TextInput
            label={t("handOver.number")} description={t("handOver.numberHint")} value={agency} error={agencyError}
            onChange={(event) => setAgency(event.currentTarget.value)} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          />
        ) : null}
        {to === "agency" && me.agency ? <CopyField label={t("handOver.own")} value={me.agency.id} /> : null}
        {tenant.agency ? (
          <Alert color="lamp" variant="light" title={t("handOver.ends", { agency: tenant.agency.name })}>
            <List size="sm" spacing={4}>
              <List.Item>{t("handOver.endsLooks")}</List.Item>
              <List.Item>{t("handOver.endsKeys")}</List.Item>
              <List.Item>{t("handOver.endsConnections")}</List.Item>
            </List>
          </Alert>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" color="red.8" disabled={!isReady} loading={give.isPending}>{t("handOver.submit")}</Button>
        </Group>
      </Stack>
    </form>
  );
}

function Done({ done, company, onClose }: { done: HandedOver; company: string; onClose: () => void }) {
  const { t } = useTranslation();
  const ended = [
    done.keys_revoked > 0 ? t("handOver.keys", { count: done.keys_revoked }) : null,
    done.viewings_ended > 0 ? t("handOver.viewings", { count: done.viewings_ended }) : null,
    done.members_removed > 0 ? t("handOver.members", { count: done.members_removed }) : null,
    done.bindings_ended > 0 ? t("handOver.bindings", { count: done.bindings_ended }) : null,
  ].filter((line) => line !== null);
  return (
    <Stack gap="md">
      <Alert color="pine" variant="light" icon={<IconCircleCheck aria-hidden />} role="status">
        {done.agency ? t("handOver.nowOf", { company, agency: done.agency.name }) : t("handOver.nowItself", { company })}
      </Alert>
      {ended.length > 0 ? <List size="sm" spacing={4}>{ended.map((line) => <List.Item key={line}>{line}</List.Item>)}</List> : null}
      {done.endpoints.length > 0 ? (
        <Text size="sm">{t("handOver.endpoints", { hosts: done.endpoints.join(", ") })}</Text>
      ) : null}
      <Group justify="flex-end"><Button onClick={onClose}>{t("action.close")}</Button></Group>
    </Stack>
  );
}
