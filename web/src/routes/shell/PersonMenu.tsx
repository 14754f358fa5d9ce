// The signed-in person: language, appearance, sign-out.
import { ActionIcon, Avatar, Box, Menu, Text, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconDots, IconLogout, IconMoon, IconSun, IconUserCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage } from "@/lib/i18n";
import { queryClient } from "@/lib/query";
import { signOut } from "@/rooms/people/api";
import { useSession } from "@/rooms/people/session";
import classes from "./Shell.module.css";

const check = <IconCheck size={16} aria-hidden />;

function PersonDropdown() {
  const { t, i18n } = useTranslation();
  const { me } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: () => {
      queryClient.clear();
      window.location.assign("/sign-in");
    },
  });
  const schemes = [
    ["light", t("scheme.light"), <IconSun key="i" size={16} aria-hidden />],
    ["dark", t("scheme.dark"), <IconMoon key="i" size={16} aria-hidden />],
    ["auto", t("scheme.auto"), <IconDeviceDesktop key="i" size={16} aria-hidden />],
  ] as const;
  return (
    <Menu.Dropdown>
      <Box px="sm" py={6}>
        <Text size="sm" fw={600} truncate>{me.user.name}</Text>
        <Text size="xs" c="dimmed" truncate>{me.user.email}</Text>
      </Box>
      <Menu.Divider />
      <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={16} aria-hidden />}>{t("shell.account")}</Menu.Item>
      <Menu.Label>{t("language.label")}</Menu.Label>
      <Menu.Item lang="en" onClick={() => void chooseLanguage("en")} rightSection={i18n.language === "en" ? check : null}>
        {t("language.en")}
      </Menu.Item>
      <Menu.Item lang="fr" onClick={() => void chooseLanguage("fr")} rightSection={i18n.language === "fr" ? check : null}>
        {t("language.fr")}
      </Menu.Item>
      <Menu.Label>{t("scheme.label")}</Menu.Label>
      {schemes.map(([scheme, words, icon]) => (
        <Menu.Item key={scheme} leftSection={icon} onClick={() => setColorScheme(scheme)} rightSection={colorScheme === scheme ? check : null}>
          {words}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => leave.mutate()}>
        {t("action.signOut")}
      </Menu.Item>
    </Menu.Dropdown>
  );
}

function PersonMenuOf({ children, position }: { children: ReactNode; position: "top-start" | "bottom-end" }) {
  return (
    <Menu position={position} width={252}>
      <Menu.Target>{children}</Menu.Target>
      <PersonDropdown />
    </Menu>
  );
}

/** In the header of a telephone. */
export function PersonMenu() {
  const { t } = useTranslation();
  const { me } = useSession();
  const name = me.user.name || me.user.email;
  return (
    <PersonMenuOf position="bottom-end">
      <ActionIcon variant="subtle" color="gray" size={44} radius="xl">
        <VisuallyHidden>{t("shell.you")}</VisuallyHidden>
        <span aria-hidden="true"><Avatar name={name} color="pine" size={34} /></span>
      </ActionIcon>
    </PersonMenuOf>
  );
}

/** At the foot of the side navigation. */
export function PersonButton() {
  const { t } = useTranslation();
  const { me } = useSession();
  const name = me.user.name || me.user.email;
  return (
    <PersonMenuOf position="top-start">
      <UnstyledButton className={classes.person}>
        <VisuallyHidden>{t("shell.you")}</VisuallyHidden>
        <span aria-hidden="true"><Avatar name={name} color="pine" size={34} /></span>
        <Box flex={1} miw={0}>
          <Text size="sm" fw={600} truncate>{me.user.name}</Text>
          <Text size="xs" c="dimmed" truncate>{me.user.email}</Text>
        </Box>
        <IconDots size={16} aria-hidden />
      </UnstyledButton>
    </PersonMenuOf>
  );
}
