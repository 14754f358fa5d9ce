// Copying: a button, and a field that shows a value to be copied.
import { ActionIcon, CopyButton, Group, Stack, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./Copy.module.css";

export function CopyIcon({ value, label }: { value: string; label: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value} timeout={2000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t("action.copied") : label}>
          <ActionIcon variant={copied ? "light" : "default"} size="lg" onClick={copy} aria-label={copied ? t("action.copied") : label}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A value with its name, an explanation and a copy button. */
export function CopyField({ label, hint, value }: { label: string; hint?: string; value: string }) {
  const { t } = useTranslation();
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>{label}</Text>
      {hint ? <Text size="xs" c="dimmed">{hint}</Text> : null}
      <Group gap="xs" wrap="nowrap" align="stretch">
        <code className={classes.value} tabIndex={0} aria-label={label}>{value}</code>
        <CopyIcon value={value} label={t("action.copyNamed", { name: label })} />
      </Group>
    </Stack>
  );
}
