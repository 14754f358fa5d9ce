// Where calls come from and where they go: Retell and n8n.
import { Card, SimpleGrid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ShownSecret, SecretDialog } from "@/rooms/outbox/SecretDialog";
import { useTenant } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { n8nQuery, retellQuery } from "./api";
import { N8nCard } from "./N8nCard";
import { RetellCard } from "./RetellCard";

export function ConnectPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const retell = useQuery(retellQuery(tenant));
  const n8n = useQuery(n8nQuery(tenant));
  const [secret, setSecret] = useState<ShownSecret | null>(null);
  const broken = [retell, n8n].find((query) => query.isError && !query.data);

  return (
    <Page title={t("connect.title")} subtitle={t("connect.subtitle")}>
      {broken ? (
        <Card padding={0}>
          <ErrorState error={broken.error} onRetry={() => void Promise.all([retell.refetch(), n8n.refetch()])} />
        </Card>
      ) : null}
      {!broken && !(retell.data && n8n.data) ? <PageSkeleton /> : null}
      {!broken && retell.data && n8n.data ? (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
          <RetellCard view={retell.data} />
          <N8nCard view={n8n.data} onSecret={setSecret} />
        </SimpleGrid>
      ) : null}
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}
