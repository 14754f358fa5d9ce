// People: who is signed in. The only file that names these endpoints.
import { queryOptions } from "@tanstack/react-query";
import { answer, http, type Me, type Session } from "@/lib/api";

/** Who is signed in and what they may do with a tenant. */
export function meQuery(tenant: string | undefined) {
  return queryOptions({
    queryKey: ["me", tenant ?? null],
    queryFn: (): Promise<Me> =>
      answer<Me>(http.GET("/api/v1/me", { params: { query: { tenant } } as never }) as never),
    staleTime: 60_000,
  });
}

/** Signs in with a password. */
export function signIn(credentials: { email: string; password: string }): Promise<Session> {
  return answer<Session>(http.POST("/auth/login", { body: credentials }));
}

/** Ends the session of this browser. */
export function signOut(): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/logout"));
}

/** Uses a one-time link: sets the password and signs in. */
export function redeemLink(link: { token: string; password: string }): Promise<Session> {
  return answer<Session>(http.POST("/auth/links/redeem", { body: link }));
}
