// The pages one can go to: a list on the side, tabs at the bottom of a telephone.
import { Menu, NavLink, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Place, splitTabs, usePlaces } from "./places";
import classes from "./Shell.module.css";

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
      {places.map(({ to, icon: IconOf, label, group }) => (
        <div key={to}>
          {group ? <Text size="xs" fw={600} c="dimmed" px="sm" pt="lg" pb={6}>{group}</Text> : null}
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
  const { tabs, more } = splitTabs(usePlaces());
  if (tabs.length < 2) return null;
  return (
    <nav className={classes.tabs} aria-label={t("nav.label")}>
      {tabs.map(({ to, icon: IconOf, label }) => (
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
      {more.length > 0 ? <MoreTab places={more} /> : null}
    </nav>
  );
}

/** The last tab: a menu with the places that do not fit. */
function MoreTab({ places }: { places: Place[] }) {
  const { t } = useTranslation();
  const isHere = useIsHere();
  return (
    <Menu position="top-end" width={230}>
      <Menu.Target>
        <UnstyledButton className={classes.tab} data-active={places.some(({ to }) => isHere(to)) || undefined}>
          <span className={classes.tabIcon}><IconDots size={21} stroke={1.8} aria-hidden /></span>
          <span>{t("nav.more")}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {places.map(({ to, icon: IconOf, label, group }) => (
          <div key={to}>
            {group ? <Menu.Label>{group}</Menu.Label> : null}
            <Menu.Item
              component={Link} to={to} py="sm" leftSection={<IconOf size={18} stroke={1.8} aria-hidden />}
              aria-current={isHere(to) ? "page" : undefined} className={classes.moreItem}
            >
              {label}
            </Menu.Item>
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
