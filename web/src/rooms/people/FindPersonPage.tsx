// For operators: find a person by address, see where they are signed in, and end that.
import { Badge, Button, Card, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconUserSearch, IconUserX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonFound } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Confirm } from "@/ui/Confirm";
import { Page } from "@/ui/Page";
import { useProblemText } from "@/ui/problem-text";
import { SearchField } from "@/ui/SearchField";
import { Section } from "@/ui/Section";
import { ErrorState, ListSkeleton, Notice } from "@/ui/States";
import { endAllSessions, personQuery, sessionsOfQuery } from "./api";
import { SessionRows } from "./SessionsSection";

const route = getRouteApi("/signed-in/admin/people");

export function FindPersonPage() {
  const { t } = useTranslation();
  const { email } = route.useSearch();
  const navigate = useNavigate();
  const asked = email?.includes("@") ? email : "";
  const found = useQuery({ ...personQuery(asked), enabled: asked !== "" });
  const person = found.data?.items[0];
  return (
    <Page title={t("findPerson.title")} subtitle={t("findPerson.subtitle")} width={860}>
      <SearchField
        label={t("findPerson.label")} placeholder="odile@example.com" value={email}
        onChange={(value) => void navigate({ to: "/admin/people", search: (all) => ({ ...all, email: value }), replace: true })}
      />
      {asked === "" ? <Card padding={0}><Notice icon={IconUserSearch} title={t("findPerson.begin")}>{t("findPerson.beginText")}</Notice></Card> : null}
      {asked !== "" && found.isPending ? <ListSkeleton rows={2} /> : null}
      {found.isError ? <Card padding={0}><ErrorState error={found.error} onRetry={() => void found.refetch()} /></Card> : null}
      {found.isSuccess && !person ? <Card padding={0}><Notice icon={IconUserX} color="gray" title={t("findPerson.nobody")}>{t("findPerson.nobodyText")}</Notice></Card> : null}
      {person ? <Found key={person.user.id} person={person} /> : null}
    </Page>
  );
}

function Found({ person }: { person: PersonFound }) {
  const { t } = useTranslation();
  const label = useLabel();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const sessions = useQuery(sessionsOfQuery(person.user.id));
  const [asking, setAsking] = useState(false);
  const name = person.user.name ?? person.user.email;
  const end = useMutation({
    mutationFn: () => endAllSessions(person.user.id),
    onSuccess: () => notifications.show({ color: "pine", message: t("findPerson.ended", { name }) }),
    onError: (error) => notifications.show({ color: "red", title: t("sessions.failed"), message: problemText(error) }),
    onSettled: () => {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: ["sessions-of", person.user.id] });
    },
  });
  const rows = sessions.data?.items ?? [];
  return (
    <>
      <Section title={name}>
        <Stack gap={6}>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>{person.user.email}</Text>
          <Group gap={6}>
            {person.platform_role ? <Badge color="lamp" variant="light">{label("platformRole", person.platform_role)}</Badge> : null}
            {person.memberships.map(({ tenant, role }) => (
              <Badge key={tenant.id} color="gray" variant="light" tt="none">{tenant.company_name} · {label("role", role)}</Badge>
            ))}
          </Group>
        </Stack>
      </Section>
      <Section
        flush title={t("sessions.title")}
        aside={rows.length > 0 ? <Button variant="default" size="compact-sm" style={{ flex: "none" }} onClick={() => setAsking(true)}>{t("findPerson.endAll")}</Button> : null}
      >
        {sessions.isPending ? <ListSkeleton rows={1} /> : null}
        {sessions.isError ? <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} /> : null}
        {sessions.isSuccess && rows.length === 0 ? <Text size="sm" c="dimmed" px="lg" pb="lg">{t("findPerson.noSessions")}</Text> : null}
        <SessionRows sessions={rows} />
      </Section>
      <Confirm
        danger opened={asking} title={t("findPerson.endAllTitle", { name })} text={t("findPerson.endAllText")} confirm={t("findPerson.endAll")}
        loading={end.isPending} onConfirm={() => end.mutate()} onClose={() => setAsking(false)}
      />
    </>
  );
}
