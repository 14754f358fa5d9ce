// Deliveries in words.
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";

type Failure = { error: string | null | undefined; status: number | null | undefined };

/** Why an attempt failed, in one plain sentence; null when it did not. */
export function useFailureWords(): (failure: Failure) => string | null {
  const { t } = useTranslation();
  const label = useLabel();
  return ({ error, status }) => {
    if (!error) return null;
    if (error === "too_large" && status != null && status < 300) return null;
    if (error === "http_status" && status != null) {
      if (status === 401 || status === 403) return t("failure.refused", { status });
      if (status === 404) return t("failure.notFound", { status });
      if (status === 429) return t("failure.tooMany", { status });
      if (status >= 500) return t("failure.theirServer", { status });
      return t("failure.status", { status });
    }
    return label("failureCode", error);
  };
}

/** The name of an endpoint: its description, else the host of its URL. */
export function endpointName(endpoint: { description: string; url: string }): string {
  return endpoint.description || hostOf(endpoint.url);
}

/** The host of a URL, or the text itself. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
