// One tenant at a glance, as it is managed from outside: looking in, setting up, handing over.
import { Anchor, Button, Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconArrowsExchange, IconEye, IconPhone, IconSettings } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession } from "@/rooms/people/session";
import { ViewDialog } from "@/rooms/viewing/ViewDialog";
import { Details } from "@/ui/Details";
import { Figures } from "@/ui/Figures";
import { Page } from "@/ui/Page";
import { Section } from "@/ui/Section";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { tenantQuery, tenantStatsQuery } from "./api";
import { HandOverDialog } from "./HandOverDialog";
import { TenantPill } from "./TenantsTable";

const route = getRouteApi("/signed-in/admin/tenants/$id");

export function TenantPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { id } = route.useParams();
  const { me, isOperator } = useSession();
  const [looking, look] = useDisclosure(false);
  const [giving, give] = useDisclosure(false);
  const query = useQuery(tenantQuery(id));
  const stats = useQuery(tenantStatsQuery(id)).data;
  const tenant = query.data;
  const back = { to: "/admin/tenants", label: t("tenants.title") } as const;
  if (!tenant) {
    return (
      <Page title={t("tenants.overview")} back={back}>
        {query.isError ? <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card> : <PageSkeleton />}
      </Page>
    );
  }
  const number = (value: number | null | undefined) => (stats ? format.number(value) : undefined);
  return (
    <Page
      title={tenant.company_name}
      subtitle={<Group gap="xs"><TenantPill status={tenant.status} />{label("plan", tenant.plan_tier)}</Group>}
      back={back}
      actions={
        <>
          <Button component={Link} to="/connect" search={{ tenant: tenant.slug } as never} variant="default" leftSection={<IconSettings size={17} aria-hidden />}>
            {t("newTenant.open")}
          </Button>
          {me.viewing?.tenant.id === tenant.id ? (
            <Button component={Link} to="/calls" search={{ tenant: tenant.slug } as never} leftSection={<IconPhone size={17} aria-hidden />}>
              {t("tenants.openCalls")}
            </Button>
          ) : (
            <Button leftSection={<IconEye size={17} aria-hidden />} onClick={look.open}>{t("viewing.open")}</Button>
          )}
        </>
      }
    >
      <Stack gap="lg">
        <Figures
          figures={[
            { name: t("tenants.callsTotal"), value: number(stats?.calls_total) },
            { name: t("tenants.callsMonth"), value: number(stats?.calls_this_month) },
            { name: t("tenants.contacts"), value: number(stats?.contacts_total) },
            { name: t("tenants.dead"), value: number(stats?.deliveries_dead) },
          ]}
        />
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
          <Stack gap="lg">
            <Section title={t("tenants.owner")}>
              <Details
                items={[
                  { name: t("newTenant.ownerName"), value: tenant.owner_name },
                  { name: t("newTenant.ownerEmail"), value: tenant.owner_email },
                  { name: t("tenants.ownerPhone"), value: format.phone(tenant.owner_phone) },
                  { name: t("newTenant.language"), value: label("language", tenant.locale) },
                ]}
              />
            </Section>
            <Section
              title={t("tenants.heldBy")}
              aside={
                <Button variant="default" size="xs" leftSection={<IconArrowsExchange size={15} aria-hidden />} onClick={give.open}>
                  {t("handOver.open")}
                </Button>
              }
            >
              <Text size="sm" fw={600}>
                {tenant.agency && isOperator
                  ? <Anchor component={Link} to="/admin/agencies/$id" params={{ id: tenant.agency.id } as never}>{tenant.agency.name}</Anchor>
                  : (tenant.agency?.name ?? t("tenants.itself"))}
              </Text>
              <Text size="sm" c="dimmed" mt={4}>{tenant.agency ? t("tenants.heldByAgency") : t("tenants.heldByItself")}</Text>
            </Section>
          </Stack>
          <Section title={t("tenants.setUp")}>
            <Details
              items={[
                { name: t("newTenant.slug"), value: tenant.slug },
                { name: t("tenants.subscription"), value: label("subscription", tenant.subscription_status) },
                { name: t("tenants.provisioning"), value: label("provisioning", tenant.provisioning_status) },
                { name: t("tenants.phone"), value: format.phone(tenant.twilio_phone_number) },
                { name: t("tenants.forward"), value: format.phone(tenant.forward_to_number) },
                { name: t("tenants.timezone"), value: tenant.timezone },
                { name: t("tenants.createdAt"), value: format.day(tenant.created_at) },
                { name: t("tenants.lastCall"), value: stats?.last_call_at ? format.dateTime(stats.last_call_at) : null },
                { name: t("tenants.externalRef"), value: tenant.external_ref },
              ]}
            />
          </Section>
        </SimpleGrid>
      </Stack>
      <ViewDialog opened={looking} onClose={look.close} tenant={tenant} />
      <HandOverDialog opened={giving} onClose={give.close} tenant={tenant} />
    </Page>
  );
}
