// The stand-in's second factor and judge of passwords: every six digits but 000000 are right, length is strength.
const codes = Array.from({ length: 10 }, (_, index) => `K7M2${index}-QX9T${index}`);
const picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h29v29H0z"/><path d="M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 13h3v3h-3zM18 18h2v2h-2zM22 22h3v3h-3z"/></svg>';
let state = { is_on: false, since: null, recovery_codes_left: 0 };

function wrong(status, field) {
  const message = field === "code" ? "This code is not right. Each code works once: wait for the next one." : "This is not your password.";
  return { status, body: { type: "about:blank", title: `wrong_${field}`, status, detail: message, code: `wrong_${field}`, fields: [{ field, code: `wrong_${field}`, message }], request_id: "01JD0MOCK" } };
}

/** The answer, or undefined when the address is another's. */
export function secondFactorAnswer(method, pathname, body) {
  const at = `${method} ${pathname}`;
  if (at === "POST /auth/password-strength") {
    const score = Math.min(4, Math.floor(body.password.length / 4));
    return { status: 200, body: { score, is_enough: score > 2, warning: score > 2 ? null : "This is a very common password.", suggestions: ["Add another word or two."] } };
  }
  if (at === "POST /auth/unlock") return { status: 204 };
  if (at === "POST /auth/second-factor") {
    if (body.code === "000000") return wrong(401, "code");
    return { status: 200, signIn: "owner", body: { token: "t", token_type: "opaque", expires_at: "2027-01-01T00:00:00Z", csrf_token: "csrf", user: {} } };
  }
  const path = "/api/v1/me/second-factor";
  if (at === `GET ${path}`) return { status: 200, body: state };
  if (!pathname.startsWith(path)) return undefined;
  if (body.password === "wrong") return wrong(422, "password");
  if (at === `POST ${path}`) return { status: 200, body: { secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", otpauth_uri: "otpauth://totp/Vestibule", qr_svg: picture } };
  if (body.code === "000000") return wrong(422, "code");
  if (pathname === `${path}/off`) {
    state = { is_on: false, since: null, recovery_codes_left: 0 };
    return { status: 204 };
  }
  state = { is_on: true, since: "2026-11-21T00:00:00.000Z", recovery_codes_left: 10 };
  return { status: 200, body: { recovery_codes: codes } };
}
