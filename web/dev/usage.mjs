// The usage of a month, made up.
const pad = (number) => String(number).padStart(2, "0");
let worth = { hourly_value_micros: 25_000_000, currency: "USD", after_call_seconds: 180, updated_at: null };

function figures(calls, answered, booked, messages, transferred, missed) {
  return {
    calls, inbound: calls, outbound: 0, ended: calls, answered, booked, messages, transferred, missed, failed: 0,
    success_rate: calls ? answered / calls : null, duration_ms: answered * 95_000, cost_micros: answered * 110_000, priced: answered, currency: "USD",
  };
}

/** The answers of the room usage; nothing for other paths. */
export function usageAnswer(pathname, query, method, raw) {
  if (pathname === "/api/v1/usage/settings") {
    if (method === "PUT") worth = { ...worth, ...JSON.parse(raw), updated_at: new Date().toISOString() };
    return worth;
  }
  if (pathname !== "/api/v1/usage") return undefined;
  const today = new Date().toISOString().slice(0, 10);
  const asked = query.get("period");
  const period = /^\d{4}-\d\d$/.test(asked ?? "") ? asked : today.slice(0, 7);
  const [year, month] = period.split("-").map(Number);
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const daily = Array.from({ length }, (_, index) => {
    const day = `${period}-${pad(index + 1)}`;
    const calls = day > today ? 0 : 4 + ((index * 7) % 11);
    return { day, ...figures(calls, Math.max(0, calls - 2), calls >> 2, calls >> 3, calls ? 1 : 0, calls ? 1 : 0) };
  });
  const sum = (name) => daily.reduce((all, day) => all + day[name], 0);
  const calls = figures(sum("calls"), sum("answered"), sum("booked"), sum("messages"), sum("transferred"), sum("missed"));
  const alone = calls.answered - calls.transferred;
  const [talk_ms, after_call_ms] = [alone * 95_000, alone * worth.after_call_seconds * 1000];
  const value_micros = Math.floor(((talk_ms + after_call_ms) * worth.hourly_value_micros) / 3_600_000);
  const isOne = worth.currency === "USD";
  return {
    period, since: daily[0].day, until: daily[length - 1].day, timezone: "America/Toronto", is_current: period === today.slice(0, 7), calls, daily,
    executions: { total: calls.answered, success: calls.answered, error: 0, canceled: 0, open: 0, success_rate: 1 },
    costs: {
      currency: "USD", provider_micros: calls.cost_micros, by_provider: [], priced_calls: calls.priced, unpriced_calls: calls.calls - calls.priced,
      executions_micros: null, plan_micros: null, total_micros: calls.cost_micros,
    },
    ledger: { billed_minutes: null, included_calls: null, used_percent: null, credit_minutes: null },
    roi: {
      currency: worth.currency, hourly_value_micros: worth.hourly_value_micros, after_call_seconds: worth.after_call_seconds, is_guess: worth.updated_at === null,
      calls: alone, talk_ms, after_call_ms, time_saved_ms: talk_ms + after_call_ms, value_micros, cost_micros: calls.cost_micros, cost_currency: "USD",
      net_micros: isOne ? value_micros - calls.cost_micros : null, return_ratio: isOne ? value_micros / calls.cost_micros : null,
    },
  };
}
