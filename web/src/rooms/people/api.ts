// People: who is signed in. The only file that names these endpoints.
import { queryOptions } from "@tanstack/react-query";
import {
  answer, type Challenge, type FactorEnrolment, type FactorState, http, type InvitationPage, type InvitationRow, type Invited, type Me, type MemberList,
  type MemberRow, type NewInvitation, type PasswordStrength, type PersonPage, type RecoveryCodeList, type RoleTable, type Session, type SessionPage,
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

/** Uses a one-time link: sets the password and signs in, or asks for the second factor. */
export function redeemLink(link: { token: string; password: string }): Promise<Session | Challenge> {
  return answer<Session | Challenge>(http.POST("/auth/links/redeem", { body: link }));
}

/** The members of a tenant. */
export function membersQuery(tenant: string) {
  return queryOptions({
    queryKey: ["people", tenant],
    queryFn: ({ signal }): Promise<MemberList> => answer<MemberList>(http.GET("/api/v1/people", { params: { query: { tenant } }, signal })),
  });
}

/** Gives a member another role. */
export function changeRole(tenant: string, id: string, role: string): Promise<MemberRow> {
  return answer<MemberRow>(http.PATCH("/api/v1/people/{id}", { params: { path: { id }, query: { tenant } }, body: { role } }));
}

/** Lets a member go. */
export function removeMember(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/people/{id}", { params: { path: { id }, query: { tenant } } }));
}

/** Invitations that nobody has accepted. */
export function invitationsQuery(tenant: string) {
  return queryOptions({
    queryKey: ["invitations", tenant],
    queryFn: ({ signal }): Promise<InvitationPage> =>
      answer<InvitationPage>(http.GET("/api/v1/invitations", { params: { query: { tenant } }, signal })),
  });
}

/** Invites an address by mail. */
export function invite(tenant: string, body: NewInvitation): Promise<InvitationRow> {
  return answer<InvitationRow>(http.POST("/api/v1/invitations", { params: { query: { tenant } }, body }));
}

/** Sends an invitation again, with a new link. */
export function resendInvitation(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.POST("/api/v1/invitations/{id}/again", { params: { path: { id }, query: { tenant } } }));
}

/** Withdraws an invitation. */
export function withdrawInvitation(tenant: string, id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/invitations/{id}", { params: { path: { id }, query: { tenant } } }));
}

/** What each role may do. */
export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: (): Promise<RoleTable> => answer<RoleTable>(http.GET("/api/v1/roles")),
  staleTime: Number.POSITIVE_INFINITY,
});

/** An invitation by the token of its link. */
export function invitedQuery(token: string) {
  return queryOptions({
    queryKey: ["invited", token],
    queryFn: (): Promise<Invited> => answer<Invited>(http.POST("/auth/invitations/look", { body: { token } })),
    retry: false,
    gcTime: 0,
    meta: { anonymous: true },
  });
}

/** Accepts an invitation as somebody new, and signs in. */
export function acceptAsNew(person: { token: string; name: string; password: string }): Promise<Session> {
  return answer<Session>(http.POST("/auth/invitations/accept", { body: person }));
}

/** Accepts an invitation to one's own address; where that leads. */
export function acceptSignedIn(token: string): Promise<{ tenant: string }> {
  return answer<{ tenant: string }>(http.POST("/api/v1/me/invitations", { body: { token } }));
}

/** Asks for a link to set a forgotten password. */
export function askReset(email: string): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/reset", { body: { email } }));
}

/** Sets a forgotten password by a mailed link. */
export function resetPassword(reset: { token: string; password: string }): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/reset/confirm", { body: reset }));
}

/** Changes one's password. */
export function changePassword(change: { password: string; new_password: string }): Promise<unknown> {
  return answer<unknown>(http.POST("/api/v1/me/password", { body: change }));
}

/** Changes one's name and language. */
export function changeProfile(change: { name: string; locale: string }): Promise<unknown> {
  return answer<unknown>(http.PATCH("/api/v1/me", { body: change }));
}

/** Asks for another address: a link is mailed there. */
export function askEmail(change: { email: string; password: string }): Promise<unknown> {
  return answer<unknown>(http.POST("/api/v1/me/email", { body: change }));
}

/** Confirms another address by a mailed link. */
export function confirmEmail(token: string): Promise<unknown> {
  return answer<unknown>(http.POST("/auth/email/confirm", { body: { token } }));
}

/** Where one is signed in. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }): Promise<SessionPage> => answer<SessionPage>(http.GET("/api/v1/me/sessions", { signal })),
});

/** Ends one of one's sessions. */
export function endSession(id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/v1/me/sessions/{id}", { params: { path: { id } } }));
}

/** Ends all one's sessions but this one. */
export function endOtherSessions(): Promise<{ ended: number }> {
  return answer<{ ended: number }>(http.DELETE("/api/v1/me/sessions"));
}

/** Whoever has an address, for operators. */
export function personQuery(email: string) {
  return queryOptions({
    queryKey: ["person", email],
    queryFn: ({ signal }): Promise<PersonPage> => answer<PersonPage>(http.GET("/api/admin/people", { params: { query: { email } }, signal })),
  });
}

/** Where a person is signed in, for operators. */
export function sessionsOfQuery(id: string) {
  return queryOptions({
    queryKey: ["sessions-of", id],
    queryFn: ({ signal }): Promise<SessionPage> => answer<SessionPage>(http.GET("/api/admin/people/{id}/sessions", { params: { path: { id } }, signal })),
  });
}

/** Ends every session of a person, for operators. */
export function endAllSessions(id: string): Promise<unknown> {
  return answer<unknown>(http.DELETE("/api/admin/people/{id}/sessions", { params: { path: { id } } }));
}
