// The last question before a caller is erased: why, and the number once more.
import { Alert, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ErasurePreview, ErasureRow } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { eraseCaller } from "./api";

const reasons = ["request", "consent_withdrawn", "mistake", "order"];

type EraseDialogProps = { found: ErasurePreview; opened: boolean; onClose: () => void; onErased: (row: ErasureRow) => void };

export function EraseDialog({ found, opened, onClose, onErased }: EraseDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t("privacy.confirmTitle")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <EraseForm found={found} onClose={onClose} onErased={onErased} />
    </Modal>
  );
}

function EraseForm({ found, onClose, onErased }: Omit<EraseDialogProps, "opened">) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const problemText = useProblemText();
  const [reason, setReason] = useState("request");
  const [confirm, setConfirm] = useState("");
  const erase = useMutation({ mutationFn: () => eraseCaller(tenant, { phone: found.phone, confirm, reason }), onSuccess: onErased });
  const fieldProblem = erase.error instanceof Problem ? erase.error.fields.find((one) => one.field === "confirm")?.message : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    erase.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <Text size="sm">{t("privacy.confirmText")}</Text>
        <Select
          label={t("privacy.reason")} name="reason" allowDeselect={false} value={reason} onChange={(chosen) => chosen && setReason(chosen)}
          data={reasons.map((value) => ({ value, label: label("erasureReason", value) }))}
        />
        <TextInput
          type="tel" name="confirm" label={t("privacy.confirmLabel", { phone: found.phone })} autoComplete="off" value={confirm} error={fieldProblem} data-autofocus
          onChange={(event) => setConfirm(event.currentTarget.value)}
        />
        {erase.isError && !fieldProblem ? <Alert color="red" variant="light" role="alert">{problemText(erase.error)}</Alert> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" color="red.8" loading={erase.isPending} disabled={confirm.trim() === ""}>{t("privacy.erase")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
