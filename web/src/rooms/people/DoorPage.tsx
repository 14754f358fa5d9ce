// The page in front of the door: a form beside the promise of the product.
import { ActionIcon, Box, Group, SegmentedControl, Stack, Text, Title, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { IconCalendarCheck, IconLanguage, IconMoon, IconPhoneCall, IconSun } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, type Language } from "@/lib/i18n";
import { Brand } from "@/ui/Brand";
import { BrandMark } from "@/ui/BrandMark";
import classes from "./DoorPage.module.css";

export function DoorPage({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  useDocumentTitle(`${title} · Vestibule`);
  const promises = [
    [IconPhoneCall, t("door.answer")],
    [IconCalendarCheck, t("door.book")],
    [IconLanguage, t("door.languages")],
  ] as const;
  return (
    <div className={classes.page}>
      <main className={classes.side}>
        <Group justify="space-between" wrap="nowrap">
          <Brand />
          <Group gap="xs" wrap="nowrap">
            <SegmentedControl
              size="xs"
              aria-label={t("language.label")}
              value={i18n.language}
              onChange={(language) => void chooseLanguage(language as Language)}
              data={[{ value: "en", label: "EN" }, { value: "fr", label: "FR" }]}
            />
            <Tooltip label={dark ? t("scheme.light") : t("scheme.dark")}>
              <ActionIcon
                variant="default"
                size={32}
                aria-label={dark ? t("scheme.light") : t("scheme.dark")}
                onClick={() => setColorScheme(dark ? "light" : "dark")}
              >
                {dark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          </Group>
        </Group>
        <Stack className={classes.form} gap="xl">
          <Box>
            <Title order={1} fz={28}>{title}</Title>
            <Text c="dimmed" mt={6}>{text}</Text>
          </Box>
          {children}
        </Stack>
      </main>
      <aside className={classes.hall} aria-label={t("door.label")}>
        <div className={classes.glow} aria-hidden="true"><BrandMark size={76} /></div>
        <Text className={classes.promise} component="p">{t("door.promise")}</Text>
        <Stack gap="md">
          {promises.map(([IconOf, words]) => (
            <Group key={words} gap="sm" wrap="nowrap">
              <IconOf size={22} stroke={1.6} color="#f6c667" aria-hidden />
              <Text c="#dcebe5" size="sm">{words}</Text>
            </Group>
          ))}
        </Stack>
      </aside>
    </div>
  );
}
