// A key that was just made, shown once.
import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { MadeKey } from "@/lib/api";
import { CopyField } from "@/ui/Copy";

export function ShownKeyDialog({ made, onClose }: { made: MadeKey | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={made !== null} onClose={onClose} title={made ? t("keys.shownTitle", { name: made.name }) : ""} size="lg"
      closeOnClickOutside={false} closeOnEscape={false} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {made ? (
        <Stack gap="lg">
          <Alert color="lamp" variant="light" icon={<IconEyeOff aria-hidden />}>{t("keys.once")}</Alert>
          <CopyField label={t("keys.key")} hint={t("keys.keyHint")} value={made.key} />
          <CopyField label={t("keys.header")} hint={t("keys.headerHint")} value={`Authorization: Bearer ${made.key}`} />
          <Text size="sm" c="dimmed">{t("keys.docs")} <a href="/api/docs" target="_blank" rel="noreferrer">/api/docs</a></Text>
          <Button onClick={onClose} ml="auto">{t("secret.done")}</Button>
        </Stack>
      ) : null}
    </Modal>
  );
}
