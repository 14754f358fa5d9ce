// Says on the page of connections that requests are held at the door, and leads to them.
import { Alert, Anchor, Group, Text } from "@mantine/core";
import { IconDoor } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useTenant } from "@/rooms/people/session";
import { heldQuery } from "./api";

/** Nothing when nothing is held, or when it is not known. */
export function HeldNotice() {
  const { t } = useTranslation();
  const query = useInfiniteQuery(heldQuery(useTenant()));
  if (!query.data?.pages[0]?.items.length) return null;
  return (
    <Alert color="lamp" variant="light" icon={<IconDoor aria-hidden />} title={t("held.some")} data-testid="held-notice">
      <Group justify="space-between" gap="xs">
        <Text size="sm">{t("held.someText")}</Text>
        <Anchor component={Link} to="/held" size="sm" underline="always" fw={600}>{t("held.see")}</Anchor>
      </Group>
    </Alert>
  );
}
