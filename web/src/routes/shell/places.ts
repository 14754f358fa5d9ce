// The pages one can go to, by what one may do.
import {
  type Icon, IconAddressBook, IconBriefcase, IconBuildingStore, IconChartBar, IconDoor, IconFlask, IconHistory, IconInbox, IconKey, IconMail, IconMessage, IconPhone, IconPlugConnected, IconSend, IconShieldLock, IconShieldX, IconUserSearch, IconUsers, IconWebhook,
} from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Permission, useSession } from "@/rooms/people/session";

/** `group` names the heading that this place opens on the side. */
export type Place = { to: NonNullable<LinkProps["to"]>; icon: Icon; label: string; group?: string };
type OfTenant = Place & { needs: Permission };

/** How many tabs fit at the bottom of a telephone. */
export const tabsThatFit = 5;

/** The tabs of a telephone: all of them, or the first and a menu with the rest. */
export function splitTabs<T>(places: T[]): { tabs: T[]; more: T[] } {
  if (places.length <= tabsThatFit) return { tabs: places, more: [] };
  return { tabs: places.slice(0, tabsThatFit - 1), more: places.slice(tabsThatFit - 1) };
}

/** The places under a heading, which the first of them opens: whichever that is for this person. */
export function headed<T>(group: string, places: T[]): (T & { group?: string })[] {
  return places.map((place, index) => ({ ...place, ...(index === 0 ? { group } : {}) }));
}

export function usePlaces(): Place[] {
  const { t } = useTranslation();
  const { me, isOperator, isOutside, tenant, may } = useSession();
  const ofTenant: OfTenant[] = [
    { to: "/overview", icon: IconChartBar, label: t("nav.overview"), needs: "usage.read" },
    { to: "/calls", icon: IconPhone, label: t("nav.calls"), needs: "calls.read" },
    { to: "/contacts", icon: IconAddressBook, label: t("nav.contacts"), needs: "contacts.read" },
    { to: "/texts", icon: IconMessage, label: t("nav.texts"), needs: "texts.read" },
  ];
  const ofAutomation: OfTenant[] = [
    { to: "/connect", icon: IconPlugConnected, label: t("nav.connections"), needs: "connections.read" },
    { to: "/deliveries", icon: IconSend, label: t("nav.deliveries"), needs: "deliveries.read" },
    { to: "/endpoints", icon: IconWebhook, label: t("nav.endpoints"), needs: "endpoints.read" },
    { to: "/inbox", icon: IconInbox, label: t("nav.inbox"), needs: "inbox.read" },
    { to: "/held", icon: IconDoor, label: t("nav.held"), needs: "connections.read" },
    { to: "/lab", icon: IconFlask, label: t("nav.lab"), needs: "connections.read" },
  ];
  const ofBusiness: OfTenant[] = [
    { to: "/people", icon: IconUsers, label: t("nav.people"), needs: "people.read" },
    { to: "/keys", icon: IconKey, label: t("nav.keys"), needs: "keys.read" },
    { to: "/mails", icon: IconMail, label: t("nav.mails"), needs: "mails.read" },
    { to: "/audit", icon: IconHistory, label: t("nav.audit"), needs: "audit.read" },
    { to: "/privacy", icon: IconShieldLock, label: t("nav.privacy"), needs: "privacy.read" },
  ];
  const ofOutside: Place[] = [
    { to: "/admin/tenants", icon: IconBuildingStore, label: t("nav.tenants"), group: isOperator ? t("nav.platform") : me.agency?.name },
  ];
  const ofOperator: Place[] = [
    { to: "/admin/agencies", icon: IconBriefcase, label: t("nav.agencies") },
    { to: "/admin/people", icon: IconUserSearch, label: t("nav.findPerson") },
    { to: "/admin/refusals", icon: IconShieldX, label: t("nav.refusals") },
    { to: "/admin/audit", icon: IconHistory, label: t("nav.platformAudit") },
  ];
  const allowed = (places: OfTenant[]) => (tenant ? places.filter(({ needs }) => may(needs)) : []);
  return [
    ...allowed(ofTenant),
    ...headed(t("nav.automation"), allowed(ofAutomation)),
    ...headed(t("nav.business"), allowed(ofBusiness)),
    ...(isOutside ? ofOutside : []),
    ...(isOperator ? ofOperator : []),
  ];
}
