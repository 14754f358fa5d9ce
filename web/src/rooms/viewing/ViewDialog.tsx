// Looking in from outside begins here: as which role, and why. The owner reads the reason.
import { Alert, Button, Group, Modal, Select, Stack, Text, Textarea } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { beginViewing } from "./api";

const roles = ["viewer", "staff", "manager", "owner"];
const shortest = 5;

type ViewDialogProps = { opened: boolean; onClose: () => void; tenant: { id: string; slug: string; company_name: string } };

export function ViewDialog({ opened, onClose, tenant }: ViewDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} title={t("viewing.title", { company: tenant.company_name })}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <ViewForm tenant={tenant} onCancel={onClose} />
    </Modal>
  );
}

function ViewForm({ tenant, onCancel }: { tenant: ViewDialogProps["tenant"]; onCancel: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [role, setRole] = useState("manager");
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const begin = useMutation({
    mutationFn: () => beginViewing(tenant.id, { role, reason: reason.trim() }),
    onSuccess: async () => {
      cache.removeQueries();
      await navigate({ to: "/calls", search: { tenant: tenant.slug } });
    },
  });
  const problem = begin.error instanceof Problem ? begin.error : null;
  const isShort = tried && reason.trim().length < shortest;
  const reasonError = isShort ? t("viewing.reasonNeeded") : problem?.fields.find(({ field }) => field === "reason")?.message;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (reason.trim().length >= shortest) begin.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem && !reasonError ? <Alert color="red" variant="light" role="alert">{problemText(problem)}</Alert> : null}
        <Text size="sm" c="dimmed">{t("viewing.text")}</Text>
        <Select
          label={t("viewing.role")} allowDeselect={false} value={role} onChange={(next) => setRole(next ?? role)}
          data={roles.map((value) => ({ value, label: label("viewRole", value) }))}
          inputWrapperOrder={["label", "input", "description"]} description={label("viewRoleSees", role)}
        />
        <Textarea
          label={t("viewing.reason")} description={t("viewing.reasonHint")} required autosize minRows={2} maxLength={300} data-autofocus
          name="reason" value={reason} error={reasonError} onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" loading={begin.isPending} leftSection={<IconEye size={17} aria-hidden />}>{t("viewing.begin")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
