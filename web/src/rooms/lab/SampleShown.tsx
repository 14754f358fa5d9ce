// A sample as it would be sent now: its headers and its body.
import { Code, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Sample } from "@/lib/api";
import { useTenant } from "@/rooms/people/session";
import { Details } from "@/ui/Details";
import { JsonBlock } from "@/ui/JsonBlock";
import { Section } from "@/ui/Section";
import { ErrorState } from "@/ui/States";
import { previewQuery } from "./api";

export function SampleShown({ provider, sample, call }: { provider: string; sample: Sample; call: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery(previewQuery(useTenant(), provider, sample.name, call));
  const headers = query.data?.headers ?? [];
  return (
    <Section title={t("lab.shown")}>
      {query.isPending ? <Skeleton height={320} radius="md" aria-busy="true" /> : null}
      {query.isError && !query.data ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data ? (
        <Stack gap="md" data-testid="sample">
          <Text size="sm" c="dimmed">{t("lab.shownText")}</Text>
          <Details items={headers.map(({ name, value }) => ({ name, value: <Code style={{ overflowWrap: "anywhere" }}>{value}</Code> }))} />
          <BodyShown body={query.data.body} />
        </Stack>
      ) : null}
    </Section>
  );
}

/** JSON is shown as such; a form as its fields. */
function BodyShown({ body }: { body: string }) {
  const { t } = useTranslation();
  if (body.startsWith("{")) return <JsonBlock value={JSON.parse(body)} label={t("lab.body")} maxHeight={420} />;
  return <JsonBlock value={Object.fromEntries(new URLSearchParams(body))} label={t("lab.body")} maxHeight={420} />;
}
