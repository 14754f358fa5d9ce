// People: who is signed in. The only file that names these endpoints.
import { queryOptions } from "@tanstack/react-query";
import {
  answer, type Challenge, type FactorEnrolment, type FactorState, http, type Me, type PasswordStrength, type RecoveryCodeList, type Session,
} from "@/lib/api";

/** Who is signed in and what they may do with a tenant. */
export function meQuery(tenant: string | undefined) {
  return queryOptions({
    queryKey: ["me", tenant ?? null],
    queryFn: (): Promise<Me> =>
      answer<Me>(http.GET("/api/v1/me", { params: { query: { tenant } } as never }) as never),
    staleTime: 60_000,
  });
}

/** Signs in with a password; where the person has a second factor, a challenge comes instead of a session. */
export function signIn(credentials: { email: string; password: string }): Promise<Session | Challenge> {
  return answer<Session | Challenge>(http.POST("/auth/login", { body: credentials }));
}

/** Signs in, second step: a code of the authenticator, or a recovery code. */
export function answerChallenge(step: { challenge: string; code: string }): Promise<Session> {
  return answer<Session>(http.POST("/auth/second-factor", { body: step }));
}

/** Ends a lockout with the token of a mailed link. */
export function unlock(token: string): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/unlock", { body: { token } }));
}

/** How good a password is, in the words of a language. */
export function strengthQuery(password: string, own: string[], language: string) {
  return queryOptions({
    queryKey: ["password-strength", password, own, language],
    queryFn: (): Promise<PasswordStrength> => answer<PasswordStrength>(http.POST("/auth/password-strength", { body: { password, own } })),
    enabled: password !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    meta: { anonymous: true },
  });
}

/** Whether a second factor is asked for. */
export const factorQuery = queryOptions({
  queryKey: ["second-factor"],
  queryFn: (): Promise<FactorState> => answer<FactorState>(http.GET("/api/v1/me/second-factor")),
});

/** Begins a second factor: what an authenticator is told, once. */
export function beginFactor(password: string): Promise<FactorEnrolment> {
  return answer<FactorEnrolment>(http.POST("/api/v1/me/second-factor", { body: { password } }));
}

/** Confirms it with its first code; the recovery codes come once. */
export function confirmFactor(code: string): Promise<RecoveryCodeList> {
  return answer<RecoveryCodeList>(http.POST("/api/v1/me/second-factor/confirm", { body: { code } }));
}

/** Makes new recovery codes in place of the old ones. */
export function renewCodes(code: string): Promise<RecoveryCodeList> {
  return answer<RecoveryCodeList>(http.POST("/api/v1/me/second-factor/recovery-codes", { body: { code } }));
}

/** Turns the second factor off. */
export function turnOffFactor(proof: { password: string; code: string }): Promise<unknown> {
  return answer<unknown>(http.POST("/api/v1/me/second-factor/off", { body: proof }));
}

/** Ends the session of this browser. */
export function signOut(): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/logout"));
}

/** Uses a one-time link: sets the password and signs in. */
export function redeemLink(link: { token: string; password: string }): Promise<Session> {
  return answer<Session>(http.POST("/auth/links/redeem", { body: link }));
}
