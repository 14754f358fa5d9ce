// Secrets that were made for a connection, shown once.
import { Alert, Button, Modal, Stack } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/lib/api";
import { useWords } from "@/lib/words";
import { CopyField } from "@/ui/Copy";

/** The secrets by field, and whose they are. */
export type Made = { provider: Provider; secrets: Record<string, string> };

export function MadeDialog({ made, onClose }: { made: Made | null; onClose: () => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const fields = made?.provider.fields.filter(({ key }) => made.secrets[key]) ?? [];
  return (
    <Modal
      opened={made !== null} onClose={onClose} title={t("provider.madeTitle", { name: made?.provider.title ?? "" })} size="lg"
      closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <Stack gap="lg">
        <Alert color="lamp" variant="light" icon={<IconEyeOff aria-hidden />}>{t("secret.once")}</Alert>
        {fields.map((field) => <CopyField key={field.key} label={words(field.label)} hint={words(field.help)} value={made?.secrets[field.key] ?? ""} />)}
        <Button onClick={onClose} ml="auto">{t("secret.done")}</Button>
      </Stack>
    </Modal>
  );
}
