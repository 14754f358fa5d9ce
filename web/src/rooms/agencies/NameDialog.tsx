// An agency's name: for a new one, or another for one that is there.
import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgencyRow } from "@/lib/api";
import { Problem } from "@/lib/problem";
import { useProblemText } from "@/ui/problem-text";
import { createAgency, renameAgency } from "./api";

type NameDialogProps = {
  opened: boolean;
  onClose: () => void;
  /** The agency to rename; null for a new one. */
  agency: { id: string; name: string } | null;
  onDone: (agency: AgencyRow) => void;
};

export function NameDialog({ opened, onClose, agency, onDone }: NameDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={opened} onClose={onClose} title={agency ? t("agencies.rename") : t("agencies.newTitle")}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <NameForm
        agency={agency} onCancel={onClose}
        onDone={(made) => {
          onClose();
          onDone(made);
        }}
      />
    </Modal>
  );
}

function NameForm({ agency, onCancel, onDone }: { agency: NameDialogProps["agency"]; onCancel: () => void; onDone: (agency: AgencyRow) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [name, setName] = useState(agency?.name ?? "");
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => (agency ? renameAgency(agency.id, name.trim()) : createAgency({ name: name.trim() })),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ["agencies"] });
      onDone(made);
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const nameError = tried && !name.trim() ? t("agencies.nameNeeded") : problem?.fields[0]?.message;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (name.trim()) save.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {problem && !nameError ? <Alert color="red" variant="light" role="alert">{problemText(problem)}</Alert> : null}
        <TextInput
          label={t("agencies.name")} required data-autofocus maxLength={200} name="name" value={name} error={nameError}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
          <Button type="submit" loading={save.isPending}>{agency ? t("agencies.save") : t("agencies.create")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
