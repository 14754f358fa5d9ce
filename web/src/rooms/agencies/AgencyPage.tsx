// One agency: its administrators, its tenants, its name, its end.
import { ActionIcon, Box, Button, Card, Stack, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuildingStore, IconPencil, IconUserMinus, IconUserPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgencyAdmin, AgencyDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { Confirm } from "@/ui/Confirm";
import { CopyField } from "@/ui/Copy";
import { Page } from "@/ui/Page";
import { Section } from "@/ui/Section";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { AdminDialog } from "./AdminDialog";
import classes from "./Agencies.module.css";
import { agencyQuery, dismissAdmin } from "./api";
import { CloseAgency } from "./CloseAgency";
import { NameDialog } from "./NameDialog";

const route = getRouteApi("/signed-in/admin/agencies/$id");

export function AgencyPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { id } = route.useParams();
  const query = useQuery(agencyQuery(id));
  const [naming, name] = useDisclosure(false);
  const back = { to: "/admin/agencies", label: t("agencies.title") } as const;
  const agency = query.data;
  if (!agency) {
    return (
      <Page title={t("agencies.one")} back={back}>
        {query.isError ? <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card> : <PageSkeleton />}
      </Page>
    );
  }
  return (
    <Page
      title={agency.name} back={back} width={860}
      subtitle={[t("agencies.tenantsCount", { count: agency.tenants }), t("agencies.sinceDay", { day: format.day(agency.created_at) })].join(" · ")}
      actions={
        <>
          <Button variant="default" leftSection={<IconPencil size={16} aria-hidden />} onClick={name.open}>{t("agencies.rename")}</Button>
          <Button component={Link} to="/admin/tenants" search={{ agency: agency.id } as never} leftSection={<IconBuildingStore size={17} aria-hidden />}>
            {t("agencies.toTenants")}
          </Button>
        </>
      }
    >
      <Stack gap="lg">
        <Admins agency={agency} />
        <Card><CopyField label={t("agencies.number")} hint={t("agencies.numberHint")} value={agency.id} /></Card>
        <CloseAgency agency={agency} />
      </Stack>
      <NameDialog opened={naming} onClose={name.close} agency={agency} onDone={() => void query.refetch()} />
    </Page>
  );
}

function Admins({ agency }: { agency: AgencyDetail }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [adding, add] = useDisclosure(false);
  const [going, setGoing] = useState<AgencyAdmin | null>(null);
  const dismiss = useMutation({
    mutationFn: (admin: AgencyAdmin) => dismissAdmin(agency.id, admin.id),
    onSettled: () => {
      setGoing(null);
      void cache.invalidateQueries({ queryKey: ["agencies"] });
    },
  });
  const nameOf = (admin: AgencyAdmin) => admin.name ?? admin.email;
  return (
    <Section
      title={t("agencies.admins")} flush
      aside={<Button size="xs" leftSection={<IconUserPlus size={15} aria-hidden />} onClick={add.open}>{t("agencies.addAdmin")}</Button>}
    >
      {agency.people.length === 0 ? <Text size="sm" c="dimmed" px="lg" pb="lg">{t("agencies.nobody")}</Text> : null}
      <ul className={classes.people}>
        {agency.people.map((admin) => (
          <li key={admin.id} className={classes.person}>
            <Box flex={1} miw={0}>
              <Text size="sm" fw={600} truncate>{nameOf(admin)}</Text>
              <Text size="xs" c="dimmed" truncate>
                {[admin.name ? admin.email : null, admin.has_password ? null : t("agencies.linkWaits")].filter(Boolean).join(" · ")}
              </Text>
            </Box>
            <Tooltip label={t("agencies.dismiss")}>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("agencies.dismissNamed", { name: nameOf(admin) })} onClick={() => setGoing(admin)}>
                <IconUserMinus size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </li>
        ))}
      </ul>
      <AdminDialog opened={adding} onClose={add.close} agencyId={agency.id} />
      <Confirm
        opened={going !== null} danger title={t("agencies.dismissOf", { name: going ? nameOf(going) : "" })} text={t("agencies.dismissText")}
        confirm={t("agencies.dismiss")} loading={dismiss.isPending} onClose={() => setGoing(null)}
        onConfirm={() => going && dismiss.mutate(going)}
      />
    </Section>
  );
}
