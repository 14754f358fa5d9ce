// A small coloured label with an icon: colour is never the only sign.
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Pill.module.css";

export type Tone = "good" | "info" | "warn" | "bad" | "quiet" | "special";

/** What a closed set's value looks like. */
export type Look = { tone: Tone; icon: Icon };

export function Pill({ tone, icon: IconOf, children }: { tone: Tone; icon?: Icon; children: ReactNode }) {
  return (
    <span className={classes.pill} data-tone={tone}>
      {IconOf ? <IconOf size={14} stroke={2} aria-hidden /> : null}
      <span>{children}</span>
    </span>
  );
}
