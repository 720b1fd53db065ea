import type { TraceLine } from "@envoy-mesh-lab/check";
import { duration } from "@envoy-mesh-lab/trace";
import { useState } from "preact/hooks";
import { VirtualList } from "./virtual-list.tsx";

const rowHeight = 32;

interface TraceTableProps {
  readonly label: string;
  readonly lines: readonly TraceLine[];
  /** The address of a trace on the page. */
  readonly hrefOf: (traceId: string) => string;
}

const columns = ["UTC", "Took", "RPC", "Status", "Finding", "Spans", "Services"] as const;

/** Traces, a line each; Enter or a click opens one, the arrows go from one to the next. */
export function TraceTable({ label, lines, hrefOf }: TraceTableProps) {
  // By its id, as others come above it.
  const [currentId, setCurrentId] = useState<string>();
  const at = lines.findIndex((it) => it.traceId === currentId);
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: lines.length - 1,
    };
    const to = steps[event.key];
    if (event.key === "Enter" && at >= 0) location.hash = hrefOf(currentId ?? "").slice(1);
    else if (to === undefined) return;
    else setCurrentId(lines[Math.min(Math.max(to, 0), lines.length - 1)]?.traceId);
    event.preventDefault();
  };
  return (
    <VirtualList
      class="trace-table"
      role="grid"
      aria-label={label}
      aria-rowcount={lines.length + 1}
      aria-activedescendant={at >= 0 ? `trace-${currentId}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      count={lines.length}
      rowHeight={rowHeight}
      current={at >= 0 ? at : undefined}
      head={
        <div role="rowgroup" class="trace-head">
          <div role="row" class="trace-line" aria-rowindex={1}>
            {columns.map((it) => (
              <span key={it} role="columnheader">
                {it}
              </span>
            ))}
          </div>
        </div>
      }
      row={(place) => {
        const line = lines[place] as TraceLine;
        return (
          <Line
            key={line.traceId}
            line={line}
            place={place}
            isCurrent={place === at}
            href={hrefOf(line.traceId)}
          />
        );
      }}
    />
  );
}

interface LineProps {
  readonly line: TraceLine;
  readonly place: number;
  readonly isCurrent: boolean;
  readonly href: string;
}

function Line({ line, place, isCurrent, href }: LineProps) {
  const { findings, status } = line;
  const [first, ...others] = findings;
  return (
    <div
      role="row"
      id={`trace-${line.traceId}`}
      class={`trace-line${isCurrent ? " current" : ""}`}
      aria-rowindex={place + 2}
      aria-selected={isCurrent}
    >
      <span role="gridcell">{clockOf(line.startNs)}</span>
      <span role="gridcell" class="number">
        {duration(Number(line.durationNs))}
      </span>
      <span role="gridcell" class="cut foreign">
        <a href={href} tabIndex={-1}>
          {line.rpc || "(no name)"}
        </a>
      </span>
      <span role="gridcell" class={`cut foreign ${status === "ok" ? "soft" : "bad-text"}`}>
        {status === "ok" ? "ok" : `✖ ${status}`}
      </span>
      <span role="gridcell" class={`cut ${first === undefined ? "soft" : "bad-text"}`}>
        {first === undefined ? "✔ none" : `✖ ${first}${others.length > 0 ? ` +${others.length}` : ""}`}
      </span>
      <span role="gridcell" class="number">
        {line.spans}
      </span>
      <span role="gridcell" class="cut soft foreign">
        {line.services.join(", ")}
      </span>
    </div>
  );
}

/** The time of day in UTC, to the millisecond; a dash for a time that is none. */
function clockOf(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString().slice(11, 23);
}
