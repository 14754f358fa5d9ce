// The page of an invitation: somebody new chooses a name and a password, whoever has an account accepts with it.
import { Button, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Invited } from "@/lib/api";
import { useLabel } from "@/lib/labels";
import { Problem } from "@/lib/problem";
import { queryClient } from "@/lib/query";
import { useProblemText } from "@/ui/problem-text";
import { acceptAsNew, acceptSignedIn, invitedQuery, meQuery, signOut } from "./api";
import { DoorProblem, keepInvitation, NoToken, ToSignIn, useInvitationToken } from "./DoorParts";
import { DoorPage } from "./DoorPage";
import { PasswordField, shortestPassword } from "./PasswordField";

export function InvitedPage() {
  const { t } = useTranslation();
  const label = useLabel();
  const problemText = useProblemText();
  const token = useInvitationToken();
  const invited = useQuery({ ...invitedQuery(token), enabled: token !== "" });
  const seen = invited.data;
  return (
    <DoorPage
      title={seen ? t("invited.title", { company: seen.company_name }) : t("invited.plainTitle")}
      text={seen ? t("invited.text", { role: label("roleAs", seen.role) }) : ""}
    >
      {token === "" ? <NoToken /> : null}
      {token !== "" && invited.isPending ? <Skeleton height={180} radius="md" aria-label={t("state.loading")} /> : null}
      {invited.isError ? (
        <Stack gap="md">
          <DoorProblem title={t("welcome.failed")}>{problemText(invited.error)}</DoorProblem>
          <ToSignIn />
        </Stack>
      ) : null}
      {seen?.has_account ? <AcceptWithAccount token={token} invited={seen} /> : null}
      {seen && !seen.has_account ? <AcceptAsNew token={token} invited={seen} /> : null}
    </DoorPage>
  );
}

/** To the tenant that one has joined, with everything asked for anew. */
function useEnter() {
  const router = useRouter();
  return (tenant?: string) => {
    keepInvitation(null);
    queryClient.clear();
    router.history.replace(tenant ? `/calls?tenant=${encodeURIComponent(tenant)}` : "/");
  };
}

function AcceptAsNew({ token, invited }: { token: string; invited: Invited }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const enter = useEnter();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const accept = useMutation({ mutationFn: acceptAsNew, meta: { anonymous: true }, onSuccess: () => enter() });
  const problem = (wanted: string) => (accept.error instanceof Problem ? accept.error.fields.find(({ field }) => field === wanted)?.message : undefined);
  const isNamed = accept.error instanceof Problem && accept.error.fields.length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    accept.mutate({ token, name: name.trim(), password });
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {accept.isError && !isNamed ? <DoorProblem title={t("invited.failed")}>{problemText(accept.error)}</DoorProblem> : null}
        <TextInput label={t("field.email")} value={invited.email} readOnly size="md" name="email" autoComplete="username" />
        <TextInput
          label={t("account.name")} name="name" autoComplete="name" size="md" autoFocus error={problem("name")}
          value={name} onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordField
          label={t("welcome.password")} value={password} own={[invited.email, name, invited.company_name]} error={problem("password")}
          onChange={(next) => {
            setPassword(next);
            if (accept.isError) accept.reset();
          }}
        />
        <Button type="submit" size="md" loading={accept.isPending} disabled={name.trim() === "" || password.length < shortestPassword} fullWidth>
          {t("invited.accept")}
        </Button>
      </Stack>
    </form>
  );
}

function AcceptWithAccount({ token, invited }: { token: string; invited: Invited }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const enter = useEnter();
  const router = useRouter();
  const me = useQuery({ ...meQuery(undefined), meta: { anonymous: true }, retry: false });
  const accept = useMutation({ mutationFn: () => acceptSignedIn(token), meta: { anonymous: true }, onSuccess: ({ tenant }) => enter(tenant) });
  // Back to this very page afterwards; the token stays in this tab.
  const signIn = () => {
    keepInvitation(token);
    return router.navigate({ to: "/sign-in", search: { next: "/invited" } });
  };
  const change = useMutation({
    mutationFn: signOut,
    onSettled: () => {
      queryClient.clear();
      void signIn();
    },
  });
  if (me.isPending) return <Skeleton height={120} radius="md" aria-label={t("state.loading")} />;
  const email = me.data?.user.email;
  return (
    <Stack gap="md">
      {accept.isError ? <DoorProblem title={t("invited.failed")}>{problemText(accept.error)}</DoorProblem> : null}
      {email === invited.email ? (
        <>
          <Text size="sm">{t("invited.as", { email })}</Text>
          <Button size="md" fullWidth loading={accept.isPending} onClick={() => accept.mutate()}>{t("invited.accept")}</Button>
        </>
      ) : null}
      {email !== undefined && email !== invited.email ? (
        <>
          <Text size="sm">{t("invited.other", { email, invited: invited.email })}</Text>
          <Button size="md" fullWidth loading={change.isPending} onClick={() => change.mutate()}>{t("invited.switch")}</Button>
        </>
      ) : null}
      {email === undefined ? (
        <>
          <Text size="sm">{t("invited.signIn", { email: invited.email })}</Text>
          <Button size="md" fullWidth onClick={() => void signIn()}>{t("signIn.submit")}</Button>
        </>
      ) : null}
    </Stack>
  );
}
