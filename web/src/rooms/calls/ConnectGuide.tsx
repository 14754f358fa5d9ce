// The first steps of a tenant that has no call yet.
import { Anchor, List, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

export function ConnectGuide() {
  const { t } = useTranslation();
  return (
    <>
    <List type="ordered" ta="start" size="sm" spacing="xs" maw={440}>
      <List.Item>{t("calls.step1")}</List.Item>
      <List.Item>{t("calls.step2")}</List.Item>
      <List.Item>
        {t("calls.step3")}{" "}
        <Anchor component={Link} to="/endpoints" size="sm" underline="always">{t("calls.step3Link")}</Anchor>
      </List.Item>
    </List>
    <Text size="sm" c="dimmed">{t("calls.stepNote")}</Text>
    </>
  );
}
