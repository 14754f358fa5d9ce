// The messages in the corner; their close button has a name in the person's language.
import { MantineThemeProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";

export function Messages() {
  const { t } = useTranslation();
  const closeButtonProps = { "aria-label": t("action.close") };
  return (
    <MantineThemeProvider inherit theme={{ components: { Notification: { defaultProps: { closeButtonProps } } } }}>
      <Notifications position="top-right" />
    </MantineThemeProvider>
  );
}
