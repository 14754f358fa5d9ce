// The end of an agency: possible once it holds no tenant.
import { Alert, Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { AgencyDetail } from "@/lib/api";
import { Confirm } from "@/ui/Confirm";
import { useProblemText } from "@/ui/problem-text";
import { Section } from "@/ui/Section";
import { closeAgency } from "./api";

export function CloseAgency({ agency }: { agency: AgencyDetail }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const problemText = useProblemText();
  const [opened, { open, close }] = useDisclosure(false);
  const end = useMutation({
    mutationFn: () => closeAgency(agency.id),
    onSuccess: async () => {
      await navigate({ to: "/admin/agencies", search: {} });
      cache.removeQueries({ queryKey: ["agencies"] });
    },
    onError: close,
  });
  const holds = agency.tenants > 0;
  return (
    <Section title={t("agencies.close")}>
      {end.error ? <Alert color="red" variant="light" role="alert" mb="sm">{problemText(end.error)}</Alert> : null}
      <Text size="sm" c="dimmed" mb="md">{holds ? t("agencies.closeHolds") : t("agencies.closeText")}</Text>
      <Button variant="default" disabled={holds} onClick={open}>{t("agencies.close")}</Button>
      <Confirm
        opened={opened} danger title={t("agencies.closeOf", { name: agency.name })} text={t("agencies.closeText")} confirm={t("agencies.close")}
        loading={end.isPending} onClose={close} onConfirm={() => end.mutate()}
      />
    </Section>
  );
}
