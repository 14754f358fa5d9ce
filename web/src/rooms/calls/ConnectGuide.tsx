// The first steps of a tenant that has no call yet; links for those who may take them.
import { Anchor, Button, List, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "@/rooms/people/session";

export function ConnectGuide() {
  const { t } = useTranslation();
  const { may } = useSession();
  return (
    <>
      <List type="ordered" ta="start" size="sm" spacing="xs" maw={440}>
        <List.Item>{t("calls.step1")}</List.Item>
        <List.Item>{t("calls.step2")}</List.Item>
        <List.Item>
          {t("calls.step3")}{" "}
          {may("endpoints.read") ? (
            <Anchor component={Link} to="/endpoints" size="sm" underline="always">{t("calls.step3Link")}</Anchor>
          ) : t("calls.step3Link")}
        </List.Item>
      </List>
      {may("connections.read") ? (
        <Button component={Link} to="/connect" leftSection={<IconPlugConnected size={17} aria-hidden />}>{t("calls.toConnect")}</Button>
      ) : null}
      <Text size="sm" c="dimmed">{t("calls.stepNote")}</Text>
    </>
  );
}
