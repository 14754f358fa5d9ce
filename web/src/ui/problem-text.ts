// A problem in one sentence, for forms and notifications.
import { useTranslation } from "react-i18next";
import { Problem } from "@/lib/problem";

/** The server's own words when it sent some, else ours. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof Problem)) return t("state.error.text");
    if (error.status === 0) return t("state.offline.text");
    return error.detail ?? t("state.error.text");
  };
}
