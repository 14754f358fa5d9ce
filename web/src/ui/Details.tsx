// Names and values, one pair a line.
import type { ReactNode } from "react";
import classes from "./Details.module.css";

export type Detail = { name: string; value: ReactNode };

/** Pairs without a value are left out. */
export function Details({ items }: { items: Detail[] }) {
  return (
    <dl className={classes.list}>
      {items
        .filter(({ value }) => value !== null && value !== undefined && value !== "")
        .map(({ name, value }) => (
          <div key={name} className={classes.pair}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
