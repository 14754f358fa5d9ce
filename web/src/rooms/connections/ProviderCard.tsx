// The connection to any provider of calls, drawn from the provider's own description.
import { Button, Code, Collapse, List, Stack, Text } from "@mantine/core";
import { IconCheck, IconChevronDown, IconChevronUp, IconMessage } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Connection, Provider } from "@/lib/api";
import { useWords } from "@/lib/words";
import { useSession, useTenant } from "@/rooms/people/session";
import { numbersQuery } from "@/rooms/texts/api";
import { CopyField } from "@/ui/Copy";
import { Pill } from "@/ui/Pill";
import { disconnectProvider } from "./api";
import { ConnectionCard } from "./ConnectionCard";
import { sharedAddresses } from "./provider-form";
import { ProviderEditor } from "./ProviderEditor";
import { Standing } from "./Standing";

type CardProps = { provider: Provider; connection: Connection | undefined; onMade: (secrets: Record<string, string>) => void };

export function ProviderCard({ provider, connection, onMade }: CardProps) {
  const { t } = useTranslation();
  const words = useWords();
  const { may } = useSession();
  const [open, setOpen] = useState(false);
  const Chevron = open ? IconChevronUp : IconChevronDown;
  return (
    <ConnectionCard
      name={provider.title} purpose={t("provider.purpose")} connected={connection !== undefined} testId={`provider-${provider.name}`}
      sign={<Pill tone="good" icon={IconCheck}>{t("provider.on")}</Pill>} since={connection?.created_at}
      warning={t("provider.disconnectText")} disconnect={(tenant) => disconnectProvider(tenant, provider.name)}
    >
      {connection ? (
        <>
          <CopyField label={t("provider.hookUrl")} hint={t("provider.hookUrlHint")} value={connection.hook_url} />
          <Standing connection={connection} />
          {may("texts.send") ? <TestText provider={provider.name} /> : null}
        </>
      ) : null}
      {connection || may("connections.manage") ? (
        <Button
          variant={open || connection ? "default" : "light"} mr="auto" aria-expanded={open} onClick={() => setOpen(!open)}
          aria-label={connection ? t("provider.settingsOf", { name: provider.title }) : t("provider.setUpOf", { name: provider.title })}
          rightSection={<Chevron size={16} aria-hidden />}
        >
          {connection ? t("provider.settings") : t("provider.setUp")}
        </Button>
      ) : null}
      <Collapse expanded={open}>
        <Stack gap="lg">
          <Stack gap="xs">
            <Text size="sm" fw={600}>{t("provider.steps")}</Text>
            <List type="ordered" size="sm" spacing={6} withPadding={false}>
              {provider.checklist.map((step) => <List.Item key={step.en}>{words(step)}</List.Item>)}
            </List>
            {connection ? null : <Text size="sm" c="dimmed">{t("provider.addressLater")}</Text>}
          </Stack>
          {connection ? <SharedAddresses addresses={sharedAddresses(provider, connection)} /> : null}
          {may("connections.manage") ? (
            <ProviderEditor key={connection ? "change" : "connect"} provider={provider} connection={connection} onMade={onMade} />
          ) : null}
        </Stack>
      </Collapse>
    </ConnectionCard>
  );
}

/** Where texts can be sent through this provider, one may try that out. */
function TestText({ provider }: { provider: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(numbersQuery(useTenant()));
  if (!data?.items.some((number) => number.provider === provider)) return null;
  return (
    <Button
      variant="default" mr="auto" component={Link} to="/texts" search={{ compose: "test" } as never}
      leftSection={<IconMessage size={16} aria-hidden />}
    >
      {t("texts.testTitle")}
    </Button>
  );
}

function SharedAddresses({ addresses }: { addresses: string[] }) {
  const { t } = useTranslation();
  if (addresses.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>{t("provider.shared")}</Text>
      <Text size="xs" c="dimmed">{t("provider.sharedHint")}</Text>
      {addresses.map((address) => <Code key={address} style={{ overflowWrap: "anywhere" }}>{address}</Code>)}
    </Stack>
  );
}
