// The shell: navigation on the side, or a bar at the bottom of a telephone.
import { AppShell, Box, Group, Stack } from "@mantine/core";
import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { followProfile } from "@/lib/i18n";
import { rememberTenant } from "@/lib/last-tenant";
import { useLiveConnection } from "@/lib/live";
import { isZone, TimeZoneProvider, useTimeZone } from "@/lib/timezone";
import { MutedBanner } from "@/rooms/instance/MutedBanner";
import { SessionProvider } from "@/rooms/people/session";
import { ViewingBanner } from "@/rooms/viewing/ViewingBanner";
import { Brand } from "@/ui/Brand";
import { signedInRoute } from "../signed-in";
import { LiveSign } from "./LiveSign";
import { NavBar, NavList } from "./Nav";
import classes from "./Shell.module.css";
import { TenantSwitcher } from "./TenantSwitcher";
import { PersonButton, PersonMenu } from "./PersonMenu";

export function Shell() {
  const { t } = useTranslation();
  const { session } = signedInRoute.useRouteContext();
  const browserZone = useTimeZone();
  const zone = session.tenant?.timezone ?? browserZone;
  useLiveConnection(session.tenant?.slug);
  const slug = session.tenant?.slug;
  useEffect(() => {
    if (slug !== undefined) rememberTenant(slug);
  }, [slug]);
  useEffect(() => followProfile(session.me.user.locale), [session.me.user.locale]);

  return (
    <SessionProvider value={session}>
      <TimeZoneProvider value={isZone(zone) ? zone : browserZone}>
        <a className="skip-link" href="#content">{t("shell.skip")}</a>
        <AppShell
          layout="alt"
          header={{ height: { base: 56, sm: 0 } }}
          footer={{ height: { base: 62, sm: 0 }, collapsed: session.tenant === null && !session.isOperator }}
          navbar={{ width: 248, breakpoint: "sm", collapsed: { mobile: true } }}
          padding={{ base: "md", sm: "xl" }}
        >
          <AppShell.Header hiddenFrom="sm" className={classes.header}>
            <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
              <TenantSwitcher compact />
              <Group gap={6} wrap="nowrap">
                {session.tenant ? <LiveSign compact /> : null}
                <PersonMenu />
              </Group>
            </Group>
          </AppShell.Header>
          <AppShell.Navbar visibleFrom="sm" className={classes.navbar} p="md" withBorder={false}>
            <Stack gap="md" h="100%">
              <Box px={6} pt={4}><Brand /></Box>
              <TenantSwitcher />
              <Box flex={1} mih={0} className={classes.places}><NavList /></Box>
              {session.tenant ? <Box px={8}><LiveSign /></Box> : null}
              <PersonButton />
            </Stack>
          </AppShell.Navbar>
          <AppShell.Main id="content" className={classes.main} tabIndex={-1}>
            {session.isOperator ? <MutedBanner /> : null}
            <ViewingBanner />
            <Outlet />
          </AppShell.Main>
          <AppShell.Footer hiddenFrom="sm" className={classes.footer}>
            <NavBar />
          </AppShell.Footer>
        </AppShell>
      </TimeZoneProvider>
    </SessionProvider>
  );
}
