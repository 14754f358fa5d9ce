// The messages in the corner; their close button has a name in the person's language.
import { MantineThemeProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { whenTooMany } from "@/lib/query";

export function Messages() {
  const { t } = useTranslation();
  useEffect(() => {
    // One notice, however many requests were too many.
    whenTooMany((seconds) => {
      const message = t("state.tooMany.text", { count: seconds });
      notifications.hide("too-many");
      notifications.show({ id: "too-many", color: "lamp", title: t("state.tooMany.title"), message });
    });
  }, [t]);
  const closeButtonProps = { "aria-label": t("action.close") };
  return (
    <MantineThemeProvider inherit theme={{ components: { Notification: { defaultProps: { closeButtonProps } } } }}>
      <Notifications position="top-right" />
    </MantineThemeProvider>
  );
}
