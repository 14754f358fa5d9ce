// One choice among a few, as chips that scroll sideways on a telephone.
import { Chip, Group } from "@mantine/core";
import classes from "./Choices.module.css";

type ChoicesProps = {
  label: string;
  /** The name of the choice that narrows nothing. */
  all: string;
  choices: { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
};

export function Choices({ label, all, choices, value, onChange }: ChoicesProps) {
  return (
    <div className={classes.scroller}>
      <Chip.Group value={value ?? ""} onChange={(next) => onChange(next || undefined)}>
        <Group gap={6} wrap="nowrap" role="radiogroup" aria-label={label}>
          {[{ value: "", label: all }, ...choices].map((choice) => (
            <Chip key={choice.value} value={choice.value} size="sm" radius="xl" variant="outline">{choice.label}</Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}
