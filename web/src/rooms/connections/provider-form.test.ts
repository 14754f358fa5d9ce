import { expect, test } from "vitest";
import type { Connection, Provider, ProviderField } from "@/lib/api";
import { changeOf, endOf, faultsOf, formOf, isNeeded, sharedAddresses, splitFields } from "./provider-form";

const words = { en: "en", fr: "fr" };
const field = (key: string, over: Partial<ProviderField> = {}): ProviderField => ({
  key, label: words, help: words, role: "credential", choices: [], secret: false, required: false, ...over,
});
const provider: Provider = {
  name: "phone", title: "Phone", checklist: [], paths: ["/webhooks/phone"],
  fields: [
    field("account", { required: true }), field("token", { secret: true, required: true }), field("made", { secret: true, required: true, role: "made_here" }),
    field("number", { role: "number" }), field("mode", { choices: ["auto", "hmac"] }), field("extra", { secret: true }),
  ],
};
const connection: Connection = {
  provider: "phone", agents: [], numbers: ["+15145550142"], fields: { account: "AC1", number: "+15145550142" }, secrets: ["token", "made"],
  key_last4: "9f3a", hook_url: "https://calls.example.com/hooks/phone/abc", created_at: "2026-11-21T00:00:00Z", updated_at: "2026-11-21T00:00:00Z",
};

test("a form begins with what is known, and never with a secret", () => {
  expect(formOf(provider, undefined)).toEqual({ account: "", token: "", made: "", number: "", mode: "", extra: "" });
  expect(formOf(provider, { ...connection, fields: { ...connection.fields, token: "leaked" } })).toEqual({
    account: "AC1", token: "", made: "", number: "+15145550142", mode: "", extra: "",
  });
});

test("what nothing works without is asked for, except what is made here", () => {
  expect(faultsOf(provider, formOf(provider, undefined), undefined)).toEqual({ account: "required", token: "required" });
  expect(faultsOf(provider, { account: " AC1 ", token: "  " }, undefined)).toEqual({ token: "required" });
});

test("a kept secret need not be typed again, a shown value cannot be emptied", () => {
  const form = formOf(provider, connection);
  expect(faultsOf(provider, form, connection)).toEqual({});
  expect(faultsOf(provider, { ...form, account: "", number: " " }, connection)).toEqual({ account: "required", number: "kept" });
  expect(isNeeded(provider.fields[1]!, connection)).toBe(false);
  expect(isNeeded(provider.fields[1]!, undefined)).toBe(true);
});

test("only what is typed is sent, trimmed", () => {
  expect(changeOf(provider, { ...formOf(provider, connection), token: " new ", mode: "hmac" })).toEqual({
    fields: { account: "AC1", number: "+15145550142", token: "new", mode: "hmac" },
  });
  expect(changeOf(provider, { unknown: "x" })).toEqual({ fields: {} });
});

test("the end that the server tells belongs to the first secret that is kept", () => {
  const [, token, made, , , extra] = provider.fields;
  expect(endOf(provider, token!, connection)).toBe("9f3a");
  expect(endOf(provider, made!, connection)).toBeNull();
  expect(endOf(provider, made!, { ...connection, secrets: ["made"] })).toBe("9f3a");
  expect(endOf(provider, extra!, undefined)).toBeNull();
  expect(endOf(provider, token!, { ...connection, key_last4: "" })).toBeNull();
});

test("optional settings come after what everybody fills in", () => {
  const { main, rare } = splitFields(provider);
  expect(main.map(({ key }) => key)).toEqual(["account", "token", "made", "number"]);
  expect(rare.map(({ key }) => key)).toEqual(["mode", "extra"]);
});

test("shared addresses are full ones of the same server", () => {
  expect(sharedAddresses(provider, connection)).toEqual(["https://calls.example.com/webhooks/phone"]);
  expect(sharedAddresses(provider, { ...connection, hook_url: "" })).toEqual([]);
});
