// The second factor of the signed-in person: off, being turned on, on. A panel for the page of one's account.
import { Alert, Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconShieldCheck, IconShieldPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/lib/format";
import { Section } from "@/ui/Section";
import { ErrorState } from "@/ui/States";
import { factorQuery } from "./api";
import { RenewCodesDialog, TurnOffDialog } from "./SecondFactorDialogs";
import { TurnOnDialog } from "./TurnOnDialog";

type Open = "on" | "codes" | "off" | null;

export function SecondFactorPanel() {
  const { t } = useTranslation();
  const format = useFormat();
  const factor = useQuery(factorQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const isOn = factor.data?.is_on === true;
  const left = factor.data?.recovery_codes_left ?? 0;
  return (
    <Section
      title={t("factor.title")}
      aside={factor.data ? <Badge variant="light" color={isOn ? "pine" : "gray"}>{isOn ? t("factor.on") : t("factor.off")}</Badge> : null}
    >
      {factor.isPending ? <Skeleton height={64} radius="md" aria-label={t("state.loading")} /> : null}
      {factor.isError ? <ErrorState error={factor.error} onRetry={() => void factor.refetch()} /> : null}
      {factor.data ? (
        <Stack gap="md" data-testid="second-factor">
          <Group gap="sm" wrap="nowrap" align="flex-start">
            {isOn ? <IconShieldCheck size={22} color="var(--vb-accent)" aria-hidden style={{ flex: "none" }} /> : <IconShieldPlus size={22} aria-hidden style={{ flex: "none" }} />}
            <Text size="sm" c="dimmed">
              {isOn ? t("factor.onText", { since: format.day(factor.data.since) }) : t("factor.offText")}
            </Text>
          </Group>
          {isOn && left < 4 ? (
            <Alert color="lamp" variant="light" icon={<IconAlertTriangle aria-hidden />}>{t("factor.left", { count: left })}</Alert>
          ) : null}
          {isOn ? (
            <Group gap="xs">
              <Button variant="default" onClick={() => setOpen("codes")}>{t("factor.newCodes")}</Button>
              <Button variant="subtle" color="red" onClick={() => setOpen("off")}>{t("factor.turnOff")}</Button>
            </Group>
          ) : (
            <Button onClick={() => setOpen("on")} mr="auto">{t("factor.turnOn")}</Button>
          )}
        </Stack>
      ) : null}
      <TurnOnDialog opened={open === "on"} onClose={close} />
      <RenewCodesDialog opened={open === "codes"} onClose={close} />
      <TurnOffDialog opened={open === "off"} onClose={close} />
    </Section>
  );
}
