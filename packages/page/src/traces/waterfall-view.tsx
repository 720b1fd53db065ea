import { duration } from "@envoy-mesh-lab/trace";
import { useMemo, useState } from "preact/hooks";
import type { Maker, Waterfall, WaterfallRow } from "../analysis/waterfall.ts";
import { moveBy, shownRows } from "./shown-rows.ts";
import { VirtualList } from "./virtual-list.tsx";

const rowHeight = 26;
const rowsOfPage = 20;
/** Deeper levels are not indented further: a chain of a thousand spans would leave no room for names. */
const deepestIndent = 24;

/** Who made a span, also without colours: the marks are those of the command line. */
export const makers: Readonly<Record<Maker, { readonly mark: string; readonly words: string }>> = {
  app: { mark: "●", words: "application" },
  client: { mark: "◐", words: "its client side" },
  proxy: { mark: "○", words: "proxy" },
};

interface WaterfallViewProps {
  readonly waterfall: Waterfall;
  /** The span that is looked at. */
  readonly current: string | undefined;
  readonly onCurrent: (spanId: string) => void;
  /** Spans that a finding is about. */
  readonly lit: ReadonlySet<string>;
}

/** The spans of a trace on one time line, as a tree that keys go through. It is a table to who does not see it. */
export function WaterfallView({ waterfall, current, onCurrent, lit }: WaterfallViewProps) {
  const { rows } = waterfall;
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => shownRows(rows, folded), [rows, folded]);
  const at = useMemo(() => shown.findIndex((it) => rows[it]?.spanId === current), [shown, current]);
  const fold = (spanId: string, isFolded: boolean) => {
    const next = new Set(folded);
    if (isFolded) next.add(spanId);
    else next.delete(spanId);
    setFolded(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moveBy(event.key, rows, shown, { current, folded, page: rowsOfPage });
    if (move === undefined) return;
    event.preventDefault();
    if (move.fold !== undefined) fold(move.current, move.fold);
    onCurrent(move.current);
  };
  return (
    <VirtualList
      class="waterfall"
      role="treegrid"
      aria-label="Spans of the trace"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={at >= 0 ? `span-${current}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      count={shown.length}
      rowHeight={rowHeight}
      current={at >= 0 ? at : undefined}
      head={
        <div role="rowgroup" class="span-head">
          <div role="row" class="span-line" aria-rowindex={1}>
            <span role="columnheader">Span</span>
            <span role="columnheader" class="number">
              Took
            </span>
            <span role="columnheader">
              0 to {duration(waterfall.to - waterfall.from)}: thick where it is on the critical path
            </span>
          </div>
        </div>
      }
      row={(place) => {
        const row = rows[shown[place] as number] as WaterfallRow;
        return (
          <SpanLine
            key={row.spanId}
            row={row}
            index={shown[place] as number}
            waterfall={waterfall}
            isCurrent={row.spanId === current}
            isLit={lit.has(row.spanId)}
            isFolded={folded.has(row.spanId)}
            onClick={() => onCurrent(row.spanId)}
            onFold={() => fold(row.spanId, !folded.has(row.spanId))}
          />
        );
      }}
    />
  );
}

interface SpanLineProps {
  readonly row: WaterfallRow;
  readonly index: number;
  readonly waterfall: Waterfall;
  readonly isCurrent: boolean;
  readonly isLit: boolean;
  readonly isFolded: boolean;
  readonly onClick: () => void;
  readonly onFold: () => void;
}

function SpanLine({ row, index, waterfall, isCurrent, isLit, isFolded, onClick, onFold }: SpanLineProps) {
  const { maker, depth, below } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid around it takes the keys.
    <div
      role="row"
      id={`span-${row.spanId}`}
      class={`span-line${isCurrent ? " current" : ""}${isLit ? " lit" : ""}`}
      aria-level={depth + 1}
      aria-rowindex={index + 2}
      aria-selected={isCurrent}
      {...(below > 0 ? { "aria-expanded": !isFolded } : {})}
      onClick={onClick}
    >
      <span
        role="gridcell"
        class="span-name foreign"
        style={{ paddingInlineStart: `${Math.min(depth, deepestIndent) * 0.7}rem` }}
        title={`${row.label} ${row.kind}: ${row.name}`}
      >
        {/* The arrow keys do the same, so that it takes no place among those that Tab goes through. */}
        <span
          class="fold"
          aria-hidden="true"
          onClick={(event) => {
            event.stopPropagation();
            if (below > 0) onFold();
          }}
        >
          {below === 0 ? "" : isFolded ? "▸" : "▾"}
        </span>
        <span class={`mark ${maker}`} aria-hidden="true">
          {makers[maker].mark}
        </span>
        <span class="unseen">{makers[maker].words}</span>{" "}
        {isLit && (
          <b class="bad-text">
            <span aria-hidden="true">◀</span>
            <span class="unseen">named by the finding</span>{" "}
          </b>
        )}
        {row.isError && <b class="bad-text">✖ error </b>}
        {row.isOrphan && <b class="bad-text">parent missing </b>}
        {row.label} <small>{row.kind}</small> <span class="soft">{row.name}</span>
        {isFolded && <small class="soft"> … {below} below</small>}
      </span>
      <span role="gridcell" class="number">
        {duration(row.duration)}
      </span>
      <Bar row={row} waterfall={waterfall} />
    </div>
  );
}

function Bar({ row, waterfall }: { readonly row: WaterfallRow; readonly waterfall: Waterfall }) {
  const whole = waterfall.to - waterfall.from || 1;
  const place = (from: number, to: number) => ({
    left: `${((from - waterfall.from) / whole) * 100}%`,
    width: `${((to - from) / whole) * 100}%`,
  });
  return (
    <span role="gridcell" class="bars">
      <span class="unseen">
        from {duration(row.from)}
        {row.path.length > 0
          ? `, on the critical path: ${row.path
              .slice(0, 6)
              .map((it) => `${it.role} ${duration(it.to - it.from)}`)
              .join(", ")}`
          : ""}
      </span>
      <span
        class={`span-bar ${row.maker}${row.without === undefined ? "" : " without"}`}
        style={place(row.from, row.from + row.duration)}
      />
      {row.path.map((it) => (
        <span
          key={it.from}
          class={`path-bar ${it.role}`}
          style={place(it.from, it.to)}
          title={`${it.role} ${duration(it.to - it.from)}`}
        />
      ))}
    </span>
  );
}
