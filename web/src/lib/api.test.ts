import { expect, test } from "vitest";
import { answer } from "./api";
import { Problem } from "./problem";

const response = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers });

test("a good answer is its data", async () => {
  await expect(answer(Promise.resolve({ data: { ok: true }, response: response(200) }))).resolves.toEqual({ ok: true });
});

test("a refusal is a Problem with the server's words and fields", async () => {
  const body = { code: "invalid", detail: "Not valid.", fields: [{ field: "url", code: "url", message: "Not a URL." }], request_id: "r1" };
  const problem = await answer(Promise.resolve({ error: body, response: response(422) })).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 422, code: "invalid", detail: "Not valid.", requestId: "r1", isTransient: false });
});

test("a refusal without a body is still a Problem", async () => {
  const failed = answer(Promise.resolve({ response: response(429, { "retry-after": "30" }) }));
  await expect(failed).rejects.toMatchObject({ status: 429, retryAfterSeconds: 30, isTransient: true });
});

test("no answer at all is status 0", async () => {
  await expect(answer(Promise.reject(new TypeError("fetch failed")))).rejects.toMatchObject({ status: 0, code: "offline" });
});
