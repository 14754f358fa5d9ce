// Where calls come from and where they go: Retell, n8n, and every other provider.
import { Button, Card, SimpleGrid } from "@mantine/core";
import { IconDoor } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { HeldNotice } from "@/rooms/held/HeldNotice";
import { type ShownSecret, SecretDialog } from "@/rooms/outbox/SecretDialog";
import { useTenant } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { ErrorState, PageSkeleton } from "@/ui/States";
import { n8nQuery, retellQuery } from "./api";
import { N8nCard } from "./N8nCard";
import { ProviderCards } from "./ProviderCards";
import { RetellCard } from "./RetellCard";

export function ConnectPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const retell = useQuery(retellQuery(tenant));
  const n8n = useQuery(n8nQuery(tenant));
  const [secret, setSecret] = useState<ShownSecret | null>(null);
  const broken = [retell, n8n].find((query) => query.isError && !query.data);

  return (
    <Page
      title={t("connect.title")} subtitle={t("connect.subtitle")}
      actions={broken ? null : (
        <Button component={Link} to="/held" variant="default" leftSection={<IconDoor size={17} aria-hidden />}>{t("nav.held")}</Button>
      )}
    >
      {broken ? (
        <Card padding={0}>
          <ErrorState error={broken.error} onRetry={() => void Promise.all([retell.refetch(), n8n.refetch()])} />
        </Card>
      ) : null}
      {!broken && !(retell.data && n8n.data) ? <PageSkeleton /> : null}
      {!broken && retell.data && n8n.data ? (
        <>
          <HeldNotice />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg" style={{ alignItems: "start" }}>
            <RetellCard view={retell.data} />
            <N8nCard view={n8n.data} onSecret={setSecret} />
          </SimpleGrid>
          <ProviderCards apart={["retell"]} />
        </>
      ) : null}
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}
