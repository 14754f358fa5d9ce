// The lab: samples of what each provider sends, and events that were received, sent by hand.
import { Button, Card } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession, useTenant } from "@/rooms/people/session";
import { Page } from "@/ui/Page";
import { ErrorState, Notice, PageSkeleton } from "@/ui/States";
import { labQuery } from "./api";
import { SampleBench } from "./SampleBench";
import { StoredEvents } from "./StoredEvents";

const route = getRouteApi("/signed-in/lab");

export function LabPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const query = useQuery(labQuery(tenant));
  const { provider, sample } = route.useSearch();
  const navigate = route.useNavigate();
  const shelves = query.data?.items.filter((shelf) => shelf.is_connected) ?? [];
  const shelf = shelves.find((one) => one.provider === provider) ?? shelves[0];
  const chosen = shelf?.samples.find((one) => one.name === sample) ?? shelf?.samples[0];

  function choose(next: { provider: string; sample?: string }) {
    void navigate({ search: (before) => ({ ...before, sample: undefined, ...next }), replace: true });
  }

  return (
    <Page title={t("lab.title")} subtitle={t("lab.subtitle")}>
      {query.isPending ? <PageSkeleton /> : null}
      {query.isError && !query.data ? (
        <Card padding={0}><ErrorState error={query.error} onRetry={() => void query.refetch()} /></Card>
      ) : null}
      {query.isSuccess && !shelf ? (
        <Card padding={0}>
          <Notice icon={IconFlask} title={t("lab.empty")} action={<Button component={Link} to="/connect">{t("inbox.toConnect")}</Button>}>
            {t("lab.emptyText")}
          </Notice>
        </Card>
      ) : null}
      {shelf && chosen ? <SampleBench key={shelf.provider} shelves={shelves} shelf={shelf} sample={chosen} onChoose={choose} /> : null}
      {may("inbox.read") ? <StoredEvents /> : null}
    </Page>
  );
}
