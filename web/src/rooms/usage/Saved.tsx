// The time that was saved, and what it was worth: the one thing to read on this page.
import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconClockHeart } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Usage } from "@/lib/api";
import { useFormat } from "@/lib/format";
import classes from "./Usage.module.css";
import { WorthDialog } from "./WorthDialog";

export function Saved({ usage }: { usage: Usage }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [opened, dialog] = useDisclosure(false);
  const { roi } = usage;
  const value = format.money(roi.value_micros, roi.currency);
  return (
    <Card className={classes.saved} padding="lg" component="section" aria-label={t("usage.saved")} data-testid="saved">
      <Group align="flex-start" gap="md" wrap="nowrap">
        <IconClockHeart size={34} stroke={1.6} aria-hidden className={classes.savedIcon} />
        <Stack gap={4} miw={0}>
          <Text size="sm" fw={600}>{t("usage.saved")}</Text>
          <Text className={classes.savedTime}>{format.hours(roi.time_saved_ms)}</Text>
          <Text size="sm">
            {roi.net_micros == null
              ? t("usage.worthApart", { value, cost: format.money(roi.cost_micros, roi.cost_currency) })
              : t("usage.worth", { value, cost: format.money(roi.cost_micros, roi.cost_currency), net: format.money(roi.net_micros, roi.currency) })}
          </Text>
          <Group gap="xs" mt={4}>
            <Button variant="default" size="compact-sm" onClick={dialog.open}>{t("usage.how")}</Button>
            {roi.is_guess ? <Text size="xs" c="dimmed">{t("usage.guess")}</Text> : null}
          </Group>
        </Stack>
      </Group>
      <WorthDialog roi={roi} opened={opened} onClose={dialog.close} />
    </Card>
  );
}
