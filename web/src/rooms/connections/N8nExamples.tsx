// Workflows to begin with, in the reader's language.
import { Anchor, Box, Group, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { exampleUrl } from "./api";

export function N8nExamples() {
  const { t, i18n } = useTranslation();
  const language = i18n.language.startsWith("fr") ? "fr" : "en";
  const items = [["receptionist", t("n8n.receptionist")], ["booking", t("n8n.booking")]] as const;
  return (
    <Box>
      <Title order={3} fz="sm">{t("n8n.examples")}</Title>
      <Text size="xs" c="dimmed" mb={6}>{t("n8n.examplesHint")}</Text>
      <Group gap="lg">
        {items.map(([name, title]) => (
          <Anchor key={name} href={exampleUrl(name, language)} download size="sm" underline="always">
            <IconDownload size={14} aria-hidden /> {title}
          </Anchor>
        ))}
      </Group>
    </Box>
  );
}
