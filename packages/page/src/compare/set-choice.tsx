import { sets } from "../drop/sets.ts";

interface SetChoiceProps {
  readonly label: string;
  readonly number: number | undefined;
  readonly onNumber: (number: string) => void;
}

/** One of the sets that are on the page, or none. */
export function SetChoice({ label, number, onNumber }: SetChoiceProps) {
  return (
    <label>
      {label}
      <select value={number ?? ""} onChange={(event) => onNumber(event.currentTarget.value)}>
        <option value="">none</option>
        {sets.value.map((it) => (
          <option key={it.number} value={it.number} selected={it.number === number}>
            {it.number}: {it.name.slice(0, 60)} (
            {it.state.kind === "read" ? it.state.summary.traces : it.state.kind})
          </option>
        ))}
      </select>
    </label>
  );
}
