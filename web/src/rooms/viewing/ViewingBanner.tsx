// On every page while one looks in from outside: at whom, as what, why, until when, and the way out. Inside a tenant
// without looking in: that only its set-up is open, and the way in.
import { Box, Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Me } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useLabel } from "@/lib/labels";
import { useSession } from "@/rooms/people/session";
import { endViewing } from "./api";
import { ViewDialog } from "./ViewDialog";
import classes from "./Viewing.module.css";

export function ViewingBanner() {
  const { me, tenant, isOutside } = useSession();
  const isMember = me.memberships.some((membership) => membership.tenant.id === tenant?.id);
  const isLookingHere = me.viewing?.tenant.id === tenant?.id;
  return (
    <>
      {me.viewing ? <Looking viewing={me.viewing} /> : null}
      {isOutside && tenant && !isMember && !isLookingHere ? <Outside /> : null}
    </>
  );
}

function Looking({ viewing }: { viewing: NonNullable<Me["viewing"]> }) {
  const { t } = useTranslation();
  const label = useLabel();
  const format = useFormat();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const leave = useMutation({
    mutationFn: endViewing,
    onSettled: async () => {
      // What was seen inside is not kept.
      cache.clear();
      await navigate({ to: "/admin/tenants/$id", params: { id: viewing.tenant.id }, search: {} });
      await router.invalidate();
    },
  });
  const { mutate } = leave;
  useEffect(() => {
    const left = new Date(viewing.ends_at).getTime() - Date.now();
    const timer = window.setTimeout(() => mutate(), Math.max(0, left));
    return () => window.clearTimeout(timer);
  }, [viewing.ends_at, mutate]);
  return (
    <Box className={classes.banner} data-looking role="status" data-testid="viewing">
      <IconEye size={20} aria-hidden className={classes.icon} />
      <Box flex={1} miw={0}>
        <Text size="sm" fw={600} lh={1.35}>
          {t("viewing.banner", { company: viewing.tenant.company_name, role: label("viewRole", viewing.role) })}
        </Text>
        <Text size="xs" lh={1.35} lineClamp={2}>
          {t("viewing.why", { reason: viewing.reason, time: format.short(viewing.ends_at) })}
        </Text>
      </Box>
      <Button size="xs" className={classes.end} loading={leave.isPending} onClick={() => leave.mutate()}>{t("viewing.end")}</Button>
    </Box>
  );
}

function Outside() {
  const { t } = useTranslation();
  const { tenant } = useSession();
  const [opened, { open, close }] = useDisclosure(false);
  if (!tenant) return null;
  return (
    <Box className={classes.banner} data-testid="outside">
      <IconEyeOff size={20} aria-hidden className={classes.icon} />
      <Text size="sm" flex="1 1 0" miw={0} lh={1.35}>{t("viewing.outside", { company: tenant.company_name })}</Text>
      <Button size="xs" variant="default" onClick={open}>{t("viewing.open")}</Button>
      <ViewDialog opened={opened} onClose={close} tenant={tenant} />
    </Box>
  );
}
