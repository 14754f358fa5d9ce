// The pages one can go to: a list on the side, tabs at the bottom of a telephone.
import { NavLink, Stack, Text } from "@mantine/core";
import { type Icon, IconAddressBook, IconBuildingStore, IconPhone, IconPlugConnected, IconSend } from "@tabler/icons-react";
import { Link, type LinkProps, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "@/rooms/people/session";
import classes from "./Shell.module.css";

type Place = { to: NonNullable<LinkProps["to"]>; icon: Icon; label: string; operator?: boolean };

function usePlaces(): Place[] {
  const { t } = useTranslation();
  const { isOperator, tenant } = useSession();
  const ofTenant: Place[] = [
    { to: "/calls", icon: IconPhone, label: t("nav.calls") },
    { to: "/contacts", icon: IconAddressBook, label: t("nav.contacts") },
    { to: "/deliveries", icon: IconSend, label: t("nav.deliveries") },
    { to: "/endpoints", icon: IconPlugConnected, label: t("nav.endpoints") },
  ];
  const ofPlatform: Place[] = [
    { to: "/admin/tenants", icon: IconBuildingStore, label: t("nav.tenants"), operator: true },
  ];
  return [...(tenant ? ofTenant : []), ...(isOperator ? ofPlatform : [])];
}

function useIsHere(): (to: string) => boolean {
  const { pathname } = useLocation();
  return (to) => pathname === to || pathname.startsWith(`${to}/`);
}

export function NavList() {
  const { t } = useTranslation();
  const isHere = useIsHere();
  const places = usePlaces();
  return (
    <Stack gap={2} component="nav" aria-label={t("nav.label")}>
      {places.map(({ to, icon: IconOf, label, operator }) => (
        <div key={to}>
          {operator ? (
            <Text size="xs" fw={600} c="dimmed" px="sm" pt="lg" pb={6}>{t("nav.platform")}</Text>
          ) : null}
          <NavLink
            component={Link}
            to={to}
            label={label}
            leftSection={<IconOf size={19} stroke={1.8} aria-hidden />}
            className={classes.link}
            active={isHere(to)}
            aria-current={isHere(to) ? "page" : undefined}
          />
        </div>
      ))}
    </Stack>
  );
}

export function NavBar() {
  const { t } = useTranslation();
  const isHere = useIsHere();
  const places = usePlaces();
  if (places.length < 2) return null;
  return (
    <nav className={classes.tabs} aria-label={t("nav.label")}>
      {places.map(({ to, icon: IconOf, label }) => (
        <Link
          key={to}
          to={to}
          className={classes.tab}
          data-active={isHere(to) || undefined}
          aria-current={isHere(to) ? "page" : undefined}
        >
          <span className={classes.tabIcon}><IconOf size={21} stroke={1.8} aria-hidden /></span>
          <span>{label}</span>
        </Link>
      ))}
    </nav>
  );
}
