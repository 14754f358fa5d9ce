// A secret, shown once.
import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { NewSecret } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { CopyField } from "@/ui/Copy";

/** A secret; a rotated one also says how long the one before stays valid. */
export type ShownSecret = Pick<NewSecret, "secret" | "secret_ascii"> & Partial<NewSecret>;

export function SecretDialog({ secret, onClose }: { secret: ShownSecret | null; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Modal
      opened={secret !== null} onClose={onClose} title={t("secret.title")} size="lg"
      closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      {secret ? (
        <Stack gap="lg">
          <Alert color="lamp" variant="light" icon={<IconEyeOff aria-hidden />}>{t("secret.once")}</Alert>
          <CopyField label={t("secret.library")} hint={t("secret.libraryHint")} value={secret.secret} />
          <CopyField label={t("secret.plain")} hint={t("secret.plainHint")} value={secret.secret_ascii} />
          {secret.previous_valid_until ? (
            <Text size="sm" c="dimmed">{t("secret.previous", { until: format.dateTime(secret.previous_valid_until) })}</Text>
          ) : null}
          <Button onClick={onClose} ml="auto">{t("secret.done")}</Button>
        </Stack>
      ) : null}
    </Modal>
  );
}
