// Tenants as a table, and as cards on a telephone. A row leads to the tenant.
import { Box, Card, Group, Table, Text } from "@mantine/core";
import { IconAlertOctagon, IconBan, IconCheck, IconHourglass, IconPlayerPause } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { TenantRow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession } from "@/rooms/people/session";
import { type Look, Pill } from "@/ui/Pill";
import classes from "./Tenants.module.css";

const looks: Record<string, Look> = {
  pending: { tone: "quiet", icon: IconHourglass },
  trial: { tone: "info", icon: IconHourglass },
  active: { tone: "good", icon: IconCheck },
  suspended: { tone: "warn", icon: IconPlayerPause },
  cancelled: { tone: "bad", icon: IconBan },
};

export function TenantPill({ status }: { status: string }) {
  const label = useLabel();
  return <Pill {...(looks[status] ?? { tone: "quiet", icon: IconAlertOctagon })}>{label("tenantStatus", status)}</Pill>;
}

export function TenantsTable({ tenants }: { tenants: TenantRow[] }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const navigate = useNavigate();
  const { isOperator } = useSession();
  return (
    <Card padding={0} style={{ overflow: "hidden" }}>
      <Table highlightOnHover className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("tenants.company")}</Table.Th>
            <Table.Th ta="end">{t("tenants.calls")}</Table.Th>
            <Table.Th>{t("tenants.plan")}</Table.Th>
            <Table.Th>{t("tenants.status")}</Table.Th>
            <Table.Th>{t("tenants.phone")}</Table.Th>
            {isOperator ? <Table.Th>{t("tenants.agency")}</Table.Th> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tenants.map((tenant) => (
            <Table.Tr
              key={tenant.id} className={classes.row}
              onClick={() => void navigate({ to: "/admin/tenants/$id", params: { id: tenant.id }, search: {} })}
            >
              <Table.Td>
                <Link to="/admin/tenants/$id" params={{ id: tenant.id }} className={classes.name} onClick={(event) => event.stopPropagation()}>
                  {tenant.company_name}
                </Link>
                <Text size="xs" c="dimmed">{[tenant.owner_name, tenant.owner_email].filter(Boolean).join(" · ") || tenant.slug}</Text>
              </Table.Td>
              <Table.Td ta="end" className="tabular">
                <Text size="sm">{format.number(tenant.calls_total)}</Text>
                <Text size="xs" c="dimmed" className={classes.oneLine}>{t("tenants.thisMonth", { value: format.number(tenant.calls_this_month) })}</Text>
              </Table.Td>
              <Table.Td>{label("plan", tenant.plan_tier)}</Table.Td>
              <Table.Td><TenantPill status={tenant.status} /></Table.Td>
              <Table.Td className={`tabular ${classes.oneLine}`}>{format.phone(tenant.twilio_phone_number) ?? "—"}</Table.Td>
              {isOperator ? <Table.Td>{tenant.agency?.name ?? "—"}</Table.Td> : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

export function TenantCards({ tenants }: { tenants: TenantRow[] }) {
  const { t } = useTranslation();
  const { isOperator } = useSession();
  const label = useLabel();
  const format = useFormat();
  return (
    <Card padding={0} component="ul" className={classes.cards}>
      {tenants.map((tenant) => (
        <li key={tenant.id} className={classes.cardItem}>
          <Link to="/admin/tenants/$id" params={{ id: tenant.id }} className={classes.card}>
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <Text fw={600} size="sm" truncate>{tenant.company_name}</Text>
              <TenantPill status={tenant.status} />
            </Group>
            <Box mt={2}>
              <Text size="xs" c="dimmed" truncate>{[tenant.owner_email ?? tenant.slug, isOperator ? tenant.agency?.name : null].filter(Boolean).join(" · ")}</Text>
              <Text size="xs" c="dimmed" className="tabular" mt={4}>
                {[label("plan", tenant.plan_tier), t("tenants.callsCount", { count: tenant.calls_total }), format.phone(tenant.twilio_phone_number)]
                  .filter(Boolean).join(" · ")}
              </Text>
            </Box>
          </Link>
        </li>
      ))}
    </Card>
  );
}
