// How changes arrive: live, by polling, or not yet.
import { Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLabel } from "@/lib/labels";
import { useLiveState } from "@/lib/live";
import classes from "./Shell.module.css";

export function LiveSign({ compact = false }: { compact?: boolean }) {
  const { t } = useTranslation();
  const label = useLabel();
  const state = useLiveState();
  const words = state === "live" ? t("live.live") : label("live", state);
  return (
    <Tooltip label={label("liveHint", state)} multiline maw={260}>
      <span className={classes.live} data-state={state} data-testid="live" role="status">
        <span className={classes.dot} aria-hidden="true" />
        {compact && state === "live" ? t("live.short") : words}
      </span>
    </Tooltip>
  );
}
