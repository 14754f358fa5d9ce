// What the pages in front of the door have in common: what went wrong, and where to go from there.
import { Alert, Anchor, Button } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** The token of a mailed link: what stands behind `#`, which browsers send to nobody. */
export function useHashToken(): string {
  const [token] = useState(() => {
    try {
      return decodeURIComponent(window.location.hash.slice(1));
    } catch {
      return "";
    }
  });
  return token;
}

const keptInvitation = "vestibule.invitation";

/** The token of an invitation, also after one has signed in meanwhile: in this tab only, and in no address. */
export function useInvitationToken(): string {
  const token = useHashToken();
  return token === "" ? (sessionStorage.getItem(keptInvitation) ?? "") : token;
}

/** Keeps the token of an invitation in this tab while one signs in; nothing forgets it. */
export function keepInvitation(token: string | null): void {
  if (token === null) sessionStorage.removeItem(keptInvitation);
  else sessionStorage.setItem(keptInvitation, token);
}

export function DoorProblem({ title, children }: { title: string; children: ReactNode }) {
  return <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" title={title}>{children}</Alert>;
}

export function DoorDone({ title, children }: { title: string; children: ReactNode }) {
  return <Alert color="pine" variant="light" icon={<IconCircleCheck aria-hidden />} role="status" title={title}>{children}</Alert>;
}

/** A link that was cut off on its way. */
export function NoToken() {
  const { t } = useTranslation();
  return <DoorProblem title={t("welcome.noToken")}>{t("welcome.noTokenText")}</DoorProblem>;
}

export function ToSignIn({ primary = false }: { primary?: boolean }) {
  const { t } = useTranslation();
  return primary ? (
    <Button component={Link} to="/sign-in" size="md" fullWidth>{t("signIn.submit")}</Button>
  ) : (
    <Anchor component={Link} to="/sign-in" size="sm" ta="center">{t("forgot.back")}</Anchor>
  );
}
