// The frame of a connection: its name, what it is for, how it stands, and the way out of it.
import { Box, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconCircleDashed, IconPlugConnectedX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { useSession, useTenant } from "@/rooms/people/session";
import { Confirm } from "@/ui/Confirm";
import { Pill } from "@/ui/Pill";
import { useProblemText } from "@/ui/problem-text";

type ConnectionCardProps = {
  name: string;
  purpose: string;
  connected: boolean;
  /** How it stands, once connected. */
  sign: ReactNode;
  since: string | null | undefined;
  /** What disconnecting means, in words. */
  warning: string;
  disconnect: (tenant: string) => Promise<unknown>;
  testId: string;
  children: ReactNode;
};

export function ConnectionCard({ name, purpose, connected, sign, since, warning, disconnect, testId, children }: ConnectionCardProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { may } = useSession();
  const format = useFormat();
  const cache = useQueryClient();
  const problemText = useProblemText();
  const [asking, setAsking] = useState(false);
  const leave = useMutation({
    mutationFn: () => disconnect(tenant),
    onSuccess: () => notifications.show({ color: "pine", message: t("connect.disconnected", { name }) }),
    onError: (error) => notifications.show({ color: "red", title: t("connect.failed"), message: problemText(error) }),
    onSettled: () => {
      setAsking(false);
      void cache.invalidateQueries({ queryKey: ["connections", tenant] });
      void cache.invalidateQueries({ queryKey: ["endpoints", tenant] });
    },
  });
  return (
    <Card component="section" aria-label={name} data-testid={testId} data-connected={connected}>
      <Stack gap="lg">
        <Box>
          <Group justify="space-between" gap="sm">
            <Title order={2} fz="lg">{name}</Title>
            {connected ? sign : <Pill tone="quiet" icon={IconCircleDashed}>{t("connect.notConnected")}</Pill>}
          </Group>
          <Text size="sm" c="dimmed">{purpose}</Text>
        </Box>
        {children}
        {connected ? (
          <Group justify="space-between" pt="sm" mb={-8} style={{ borderTop: "1px solid var(--vb-line)" }}>
            <Text size="xs" c="dimmed">{since ? t("connect.since", { date: format.day(since) }) : null}</Text>
            {may("connections.manage") ? (
              <Button
                variant="subtle" color="red" mr={-12} leftSection={<IconPlugConnectedX size={17} aria-hidden />} onClick={() => setAsking(true)}
              >
                {t("connect.disconnect")}
              </Button>
            ) : null}
          </Group>
        ) : null}
      </Stack>
      <Confirm
        danger opened={asking} title={t("connect.disconnectTitle", { name })} text={warning} confirm={t("connect.disconnect")}
        loading={leave.isPending} onConfirm={() => leave.mutate()} onClose={() => setAsking(false)}
      />
    </Card>
  );
}
