// What the receptionist did for the business within a month.
import { Button, Card } from "@mantine/core";
import { IconPhoneOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useSession, useTenant } from "@/rooms/people/session";
import { Figures } from "@/ui/Figures";
import { Page } from "@/ui/Page";
import { ErrorState, Notice, PageSkeleton } from "@/ui/States";
import { usageQuery } from "./api";
import { Costs } from "./Costs";
import { DayBars } from "./DayBars";
import { MonthSwitch } from "./MonthSwitch";
import { isMonth } from "./months";
import { Saved } from "./Saved";

const route = getRouteApi("/signed-in/overview");

export function OverviewPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const { tenant: viewed } = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const period = isMonth(search.period) ? search.period : undefined;
  const usage = useQuery(usageQuery(useTenant(), period));
  const data = usage.data;

  function show(month: string | undefined) {
    void navigate({ search: (before) => ({ ...before, period: month }), replace: true });
  }

  return (
    <Page
      title={t("usage.title")} subtitle={t("usage.subtitle", { company: viewed?.company_name ?? "" })} width={960}
      actions={data ? <MonthSwitch month={data.period} isCurrent={data.is_current} onChange={show} /> : undefined}
    >
      {usage.isPending ? <PageSkeleton /> : null}
      {usage.isError && !data ? (
        <Card padding={0}><ErrorState error={usage.error} onRetry={() => void usage.refetch()} /></Card>
      ) : null}
      {data && data.calls.calls === 0 ? (
        <Card padding={0}>
          <Notice
            icon={IconPhoneOff} title={t("usage.empty", { month: format.month(data.period) })}
            action={<Button component={Link} to="/calls" variant="default">{t("usage.toCalls")}</Button>}
          >
            {data.is_current ? t("usage.emptyText") : t("usage.emptyPastText")}
          </Notice>
        </Card>
      ) : null}
      {data && data.calls.calls > 0 ? (
        <>
          <Saved usage={data} />
          <Figures
            figures={[
              { name: t("usage.answeredOf", { all: format.number(data.calls.calls) }), value: format.number(data.calls.answered) },
              { name: t("usage.booked"), value: format.number(data.calls.booked) },
              { name: t("usage.messages"), value: format.number(data.calls.messages) },
              { name: t("usage.talked"), value: format.hours(data.calls.duration_ms) },
            ]}
          />
          <DayBars days={data.daily} />
          <Costs usage={data} />
        </>
      ) : null}
    </Page>
  );
}
