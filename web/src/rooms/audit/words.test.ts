import { describe, expect, it } from "vitest";
import en from "@/locales/en.json";
import { actionNames, placeOf, plainDetails, platformActionNames } from "./words";

describe("the log's words", () => {
  it("has a sentence for every action", () => {
    for (const name of [...actionNames, ...platformActionNames]) {
      expect(en).toHaveProperty(["auditAction", name.replaceAll(".", "-")]);
    }
  });

  it("leads to what can be looked at, and nowhere else", () => {
    expect(placeOf("call", "1", false)).toEqual({ to: "/calls/$id", params: { id: "1" } });
    expect(placeOf("call", "1", true)).toBeNull();
    expect(placeOf("tenant", "1", true)).toEqual({ to: "/admin/tenants/$id", params: { id: "1" } });
    expect(placeOf("tenant", "1", false)).toBeNull();
  });

  it("tells plain details only", () => {
    expect(plainDetails({ url: "https://x", n: 2, ok: false, list: [1], empty: "", none: null })).toEqual([["url", "https://x"], ["n", "2"], ["ok", "false"]]);
    expect(plainDetails(null)).toEqual([]);
  });
});
