import type { Edge, Mesh, Part } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { hashOf } from "../shell/route.ts";
import type { Box } from "./map-layout.ts";
import { layOut } from "./map-layout.ts";
import { conditionOf, edgeLines, roleClasses, roleWords, sharesOf } from "./shown-mesh.ts";

/** Below this width the map goes down instead of to the right, in pixels. */
const narrow = matchMedia("(max-width: 900px)");

/** What is written on an edge has room for two lines and the bar, in pixels. */
const labelSize = { width: 118, height: 44 };
const noLabel = { width: 1, height: 1 };

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const update = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", update);
    return () => narrow.removeEventListener("change", update);
  }, []);
  return isNarrow;
}

/** The map. All that it says stands in the tables below it too. */
export function MapView({ mesh, selected }: { readonly mesh: Mesh; readonly selected: readonly string[] }) {
  const isNarrow = useNarrow();
  const { parts, edges } = mesh;
  // It is laid out anew when who is on it changes, and not with each figure.
  const shape = JSON.stringify([
    isNarrow,
    parts.map((it) => [it.name, it.workload]),
    edges.map((it) => [it.from, it.to, it.telemetry]),
  ]);
  const map = useMemo(
    () =>
      layOut(
        parts,
        edges.map(({ from, to, telemetry }) => ({ from, to, label: telemetry ? noLabel : labelSize })),
        isNarrow,
      ),
    [shape],
  );
  const [from, to] = selected;
  const box = useRef<HTMLElement>(null);
  // Where the map is wider than the page, it begins with who calls.
  useLayoutEffect(() => {
    const first = map.nodes.get(parts[0]?.name ?? "");
    if (box.current && first) {
      const scale = box.current.scrollWidth / map.width;
      box.current.scrollLeft = (first.x + first.width / 2) * scale - box.current.clientWidth / 2;
    }
  }, [map]);
  return (
    // A map that is wider than the page is moved by the arrow keys.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
    <section class="map" ref={box} tabIndex={0} aria-label="Map of the mesh; the tables below say the same">
      <svg width={map.width} height={map.height} viewBox={`0 0 ${map.width} ${map.height}`}>
        <title>Map of the mesh {mesh.project}</title>
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 10 10"
            refX="9"
            refY="5"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 1 9 5 0 9z" class="arrow" />
          </marker>
        </defs>
        {[...map.groups].map(([name, { x, y, width, height }]) => (
          <g key={name} class="workload">
            <rect x={x} y={y} width={width} height={height} rx={8} />
            <text x={x + 8} y={y + 14}>
              {shortened(name, 20)} workload
            </text>
          </g>
        ))}
        {edges.map((edge, i) => {
          const place = map.edges[i];
          return (
            place && (
              <MapEdge
                key={`${edge.from} ${edge.to}`}
                edge={edge}
                points={place.points}
                label={place.label}
                isSelected={edge.from === from && edge.to === to}
              />
            )
          );
        })}
        {parts.map((part) => {
          const box = map.nodes.get(part.name);
          return (
            box && (
              <MapPart
                key={part.name}
                part={part}
                box={box}
                isSelected={part.name === from && to === undefined}
              />
            )
          );
        })}
      </svg>
    </section>
  );
}

interface MapPartProps {
  readonly part: Part;
  readonly box: Box;
  readonly isSelected: boolean;
}

function MapPart({ part, box, isSelected }: MapPartProps) {
  const condition = conditionOf(part);
  const shown = shortened(part.name, 17);
  return (
    <a
      href={hashOf("mesh", [part.name])}
      class={`part ${roleClasses[part.role]} ${condition.name}`}
      aria-current={isSelected ? "true" : undefined}
      aria-label={`${shown}, ${roleWords[part.role]}, ${part.state}`}
    >
      <title>{part.name}</title>
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={part.role === 3 ? 20 : 4} />
      <rect class="role" x={box.x} y={box.y + 6} width={5} height={box.height - 12} />
      <text class="name" x={box.x + 14} y={box.y + 23}>
        {shown}
      </text>
      <text x={box.x + 14} y={box.y + 41}>
        <tspan class="sign">{condition.sign}</tspan> {roleWords[part.role]} · {part.state}
      </text>
    </a>
  );
}

interface MapEdgeProps {
  readonly edge: Edge;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label: Box;
  readonly isSelected: boolean;
}

function MapEdge({ edge, points, label, isSelected }: MapEdgeProps) {
  const lines = edgeLines(edge);
  const shares = edge.flow && !edge.telemetry ? sharesOf(edge.flow) : undefined;
  const isWrong = edge.findings.some((it) => it.severity !== "note") || (edge.flow?.errors ?? 0) > 0;
  const kind = edge.telemetry ? "telemetry" : edge.configured ? "configured" : "seen";
  const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
  const line = <path class="line" d={path} marker-end="url(#arrow)" />;
  if (edge.telemetry) return <g class="edge telemetry">{line}</g>;
  return (
    <a
      href={hashOf("mesh", [edge.from, edge.to])}
      class={`edge ${kind}${isWrong ? " wrong" : ""}`}
      aria-current={isSelected ? "true" : undefined}
      aria-label={`${edge.from} to ${edge.to}: ${lines.join(", ") || "no call seen"}`}
    >
      {line}
      <path class="reach" d={path} />
      {lines.length > 0 && (
        <>
          <rect class="paper" x={label.x} y={label.y} width={label.width} height={label.height} rx={4} />
          {lines.map((it, i) => (
            <text key={it} x={label.x + label.width / 2} y={label.y + 14 + i * 15} text-anchor="middle">
              {it}
            </text>
          ))}
        </>
      )}
      {shares && (
        <g class="shares">
          <rect
            class="proxy"
            x={label.x + 4}
            y={label.y + 37}
            height={5}
            width={shares.proxy * (label.width - 8)}
          />
          <rect
            class="app"
            x={label.x + 4 + shares.proxy * (label.width - 8)}
            y={label.y + 37}
            height={5}
            width={shares.app * (label.width - 8)}
          />
          <rect
            class="other"
            x={label.x + 4 + (shares.proxy + shares.app) * (label.width - 8)}
            y={label.y + 37}
            height={5}
            width={shares.other * (label.width - 8)}
          />
        </g>
      )}
    </a>
  );
}

/** A name that fits a box; the whole of it is in the label and in the tables. */
function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
