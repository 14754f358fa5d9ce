// How an endpoint wants to be delivered to: the same fields when it is made and when it is changed.
import { Fieldset, NumberInput, PasswordInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

export type Limits = { inFlight: number | string; rate: number | string; headerName: string; headerValue: string };

/** The limits of an endpoint as the form shows them. */
export function limitsOf(endpoint?: { max_in_flight: number; rate_per_second?: number | null; header_name?: string | null }): Limits {
  return { inFlight: endpoint?.max_in_flight ?? 8, rate: endpoint?.rate_per_second ?? "", headerName: endpoint?.header_name ?? "", headerValue: "" };
}

/** What to tell the server; a header whose value was left empty stays as it is. */
export function limitsBody(limits: Limits, before?: { header_name?: string | null }) {
  const name = limits.headerName.trim();
  const header = name === "" ? (before?.header_name ? null : undefined) : limits.headerValue === "" && before?.header_name === name ? undefined : { name, value: limits.headerValue };
  return {
    max_in_flight: Number(limits.inFlight) || 8,
    rate_per_second: limits.rate === "" ? null : Number(limits.rate),
    ...(header === undefined ? {} : { header }),
  };
}

type FieldsProps = { limits: Limits; onChange: (limits: Limits) => void; keptHeader?: string | null; problem: (field: string) => string | undefined };

export function EndpointFields({ limits, onChange, keptHeader, problem }: FieldsProps) {
  const { t, i18n } = useTranslation();
  const set = (part: Partial<Limits>) => onChange({ ...limits, ...part });
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        <NumberInput
          label={t("endpoints.inFlight")} description={t("endpoints.inFlightHint")} min={1} max={32} allowDecimal={false} name="max_in_flight"
          value={limits.inFlight} onChange={(inFlight) => set({ inFlight })} error={problem("max_in_flight")}
        />
        <NumberInput
          label={t("endpoints.rate")} description={t("endpoints.rateHint")} min={0.01} max={1000} decimalScale={2} name="rate_per_second"
          decimalSeparator={i18n.language === "fr" ? "," : "."} placeholder={t("endpoints.rateNone")}
          value={limits.rate} onChange={(rate) => set({ rate })} error={problem("rate_per_second")}
        />
      </SimpleGrid>
      <Fieldset legend={t("endpoints.header")} variant="filled">
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
          <TextInput
            label={t("endpoints.headerName")} placeholder="x-n8n-webhook-secret" name="header_name" autoComplete="off"
            value={limits.headerName} onChange={(event) => set({ headerName: event.currentTarget.value })} error={problem("header.name")}
          />
          <PasswordInput
            label={t("endpoints.headerValue")} name="header_value" autoComplete="new-password"
            placeholder={keptHeader && keptHeader === limits.headerName.trim() ? t("endpoints.headerKept") : undefined}
            value={limits.headerValue} onChange={(event) => set({ headerValue: event.currentTarget.value })} error={problem("header.value")}
          />
        </SimpleGrid>
      </Fieldset>
    </Stack>
  );
}
