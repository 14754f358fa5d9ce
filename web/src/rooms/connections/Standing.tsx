// How a connection stands: what is bound to it, when it changed, and whether the provider's own list agrees.
import { Alert, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Connection } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { asIs, useLabel } from "@/lib/labels";
import { useTenant } from "@/rooms/people/session";
import { Details } from "@/ui/Details";
import { connectionsQuery } from "./api";

/** As `Standing`, for a card that has another view of the connection; nothing until it is known. */
export function StandingOf({ provider }: { provider: string }) {
  const { data } = useQuery(connectionsQuery(useTenant()));
  const connection = data?.items.find((one) => one.provider === provider);
  return connection ? <Standing connection={connection} /> : null;
}

export function Standing({ connection }: { connection: Connection }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const { agents, numbers, updated_at, reconciliation } = connection;
  const gaps = ({ filled, last_filled_at }: NonNullable<typeof reconciliation>) =>
    filled === 0 ? t("standing.none") : [t("standing.found", { count: filled }), last_filled_at ? format.dateTime(last_filled_at) : null].filter(Boolean).join(" · ");
  return (
    <Stack gap="sm">
      {reconciliation?.fault ? (
        <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />} p="xs">{label("listFault", reconciliation.fault, asIs)}</Alert>
      ) : null}
      <Details
        items={[
          { name: t("standing.agents"), value: agents.join(", ") },
          { name: t("standing.numbers"), value: numbers.map((number) => format.phone(number)).join(", ") },
          { name: t("standing.changed"), value: format.dateTime(updated_at) },
          { name: t("standing.compared"), value: reconciliation ? format.dateTime(reconciliation.done_until) : null },
          { name: t("standing.gaps"), value: reconciliation ? gaps(reconciliation) : null },
        ]}
      />
    </Stack>
  );
}
