// Replacing a key: for how long the old one lives on.
import { Alert, Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyRow, MadeKey } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { useProblemText } from "@/ui/problem-text";
import { rotateKey } from "./api";

type RotateProps = { row: KeyRow; opened: boolean; onClose: () => void; onMade: (made: MadeKey) => void };

const overlaps = ["0", "1", "24", "168"];

export function RotateDialog({ row, opened, onClose, onMade }: RotateProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const tenant = useTenant();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [hours, setHours] = useState("24");
  const rotate = useMutation({
    mutationFn: () => rotateKey(tenant, row.id, Number(hours)),
    onSuccess: (made) => {
      onClose();
      onMade(made);
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["keys", tenant] }),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t("keys.rotateTitle", { name: row.name })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="lg">
        {rotate.isError ? <Alert color="red" variant="light" role="alert">{problemText(rotate.error)}</Alert> : null}
        <Text size="sm" c="dimmed">{t("keys.rotateText")}</Text>
        <Radio.Group label={t("keys.overlap")} value={hours} onChange={setHours}>
          <Stack gap="xs" mt={8}>
            {overlaps.map((value) => <Radio key={value} value={value} label={label("keyOverlap", value)} />)}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>{t("keys.rotate")}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
