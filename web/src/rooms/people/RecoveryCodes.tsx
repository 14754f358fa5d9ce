// Recovery codes, shown once: to copy, to download, and only then to close.
import { Alert, Button, Checkbox, CopyButton, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconCheck, IconCopy, IconDownload, IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [kept, setKept] = useState(false);
  const text = `${codes.join("\n")}\n`;
  return (
    <Stack gap="md" data-testid="recovery-codes">
      <Alert color="lamp" variant="light" icon={<IconEyeOff aria-hidden />}>{t("factor.codesOnce")}</Alert>
      <SimpleGrid cols={2} spacing="xs" component="ul" style={{ listStyle: "none", padding: 0, margin: 0 }}>
        {codes.map((code) => (
          <Text key={code} component="li" ff="monospace" ta="center" py={6} style={{ background: "var(--vb-sunken)", borderRadius: 8 }}>{code}</Text>
        ))}
      </SimpleGrid>
      <Group gap="xs" grow>
        <CopyButton value={text} timeout={2000}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}>
              {copied ? t("action.copied") : t("factor.copy")}
            </Button>
          )}
        </CopyButton>
        <Button
          variant="default" component="a" href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`} download="vestibule-recovery-codes.txt"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {t("factor.download")}
        </Button>
      </Group>
      <Checkbox checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} label={t("factor.kept")} />
      <Button onClick={onDone} disabled={!kept} ml="auto">{t("factor.done")}</Button>
    </Stack>
  );
}
