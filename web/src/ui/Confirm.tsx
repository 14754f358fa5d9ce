// Asking before something that cannot be undone.
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

type ConfirmProps = {
  opened: boolean;
  title: string;
  text: string;
  confirm: string;
  danger?: boolean;
  loading?: boolean;
  onConfirm: () => void;
  onClose: () => void;
};

export function Confirm({ opened, title, text, confirm, danger = false, loading = false, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stack gap="lg">
        <Text size="sm" c="dimmed">{text}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button color={danger ? "red.8" : undefined} loading={loading} onClick={onConfirm} data-autofocus>{confirm}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
