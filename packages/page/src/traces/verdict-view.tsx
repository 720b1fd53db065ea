import type { ChecklistItem, Judgement, ShownFinding } from "../analysis/judge.ts";

interface VerdictViewProps {
  readonly judgement: Omit<Judgement, "report">;
  /** The spans that are lit up now. */
  readonly lit: ReadonlySet<string>;
  readonly onLight: (spanIds: readonly string[]) => void;
}

/** What `lab check` says of the trace: what was expected as a checklist, and what was found. A click lights up the spans. */
export function VerdictView({
  judgement: { expected, checklist, findings },
  lit,
  onLight,
}: VerdictViewProps) {
  const isLit = (spanIds: readonly string[]) => spanIds.length > 0 && spanIds.every((it) => lit.has(it));
  const wrong = checklist.filter((it) => !it.ok).length;
  return (
    <section class="verdict">
      <h3>What check says</h3>
      <p class="foreign">
        {findings.length === 0 && wrong === 0
          ? "✔ Nothing is wrong that the rules know of."
          : `✖ ${findings.length} ${findings.length === 1 ? "finding" : "findings"}${wrong > 0 ? `, ${wrong} of ${checklist.length} expectations not met` : ""}.`}
      </p>
      <ul class="findings">
        {findings.map((it, i) => (
          <li key={i}>
            <Finding finding={it} isLit={isLit(it.spanIds)} onLight={onLight} />
          </li>
        ))}
      </ul>
      {expected !== undefined && (
        <details open={wrong > 0}>
          <summary class="foreign">
            {checklist.length - wrong} of {checklist.length} as expected: {expected}
          </summary>
          <ul class="checklist">
            {checklist.map((it, i) => (
              <li key={i}>
                <Item item={it} isLit={isLit(it.spanIds)} onLight={onLight} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

type Light = VerdictViewProps["onLight"];

function Finding({
  finding,
  isLit,
  onLight,
}: {
  readonly finding: ShownFinding;
  readonly isLit: boolean;
  readonly onLight: Light;
}) {
  const { code, severity, edge, evidence, cause, remedy, isLikely, spanIds } = finding;
  return (
    <>
      <button
        type="button"
        class="light foreign"
        aria-pressed={isLit}
        disabled={spanIds.length === 0}
        onClick={() => onLight(isLit ? [] : spanIds)}
      >
        <b class={severity === "note" ? "" : "bad-text"}>
          {severity === "note" ? "ℹ" : "✖"} {severity} {code}
        </b>{" "}
        {edge}
      </button>
      <p class="foreign">
        {isLikely ? "Likely: " : ""}
        {evidence}
      </p>
      <p class="foreign soft">
        Why: {cause}. What to do: {remedy}.
      </p>
    </>
  );
}

const marks: Readonly<Record<ChecklistItem["state"], string>> = {
  met: "✔",
  absent: "✔",
  unmet: "✖",
  follows: "↳",
  unreached: "?",
};

function Item({
  item,
  isLit,
  onLight,
}: {
  readonly item: ChecklistItem;
  readonly isLit: boolean;
  readonly onLight: Light;
}) {
  const { state, ok, expectation, seen, spanIds } = item;
  return (
    <button
      type="button"
      class={`light foreign${ok ? "" : " bad-text"}`}
      aria-pressed={isLit}
      disabled={spanIds.length === 0}
      onClick={() => onLight(isLit ? [] : spanIds)}
    >
      <span aria-hidden="true">{marks[state]}</span>
      <span class="unseen">{state}: </span> {expectation}
      {ok ? "" : `; seen: ${seen}`}
    </button>
  );
}
