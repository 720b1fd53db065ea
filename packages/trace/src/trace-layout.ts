import { cutEnd, shorten, textWidth } from "./text-width.ts";

/** A line of a drawn trace, before it is fitted into a width. */
export interface Row {
  /** Whether a proxy made the span. */
  isProxy: boolean;
  /** How deep the span is below its root, as branches of the tree: one of two columns a level. */
  lead: string;
  label: string;
  kind: string;
  took: string;
  name: string;
  /** What has to be seen whatever the width is: `ERROR`, or that the parent is missing. */
  note: string;
  /** More words on it. */
  more: string;
}

/** How wide the parts of a line are, in columns. */
export interface Layout {
  /** Whether the role stands there in words; its mark always does. */
  roles: boolean;
  /** How much a level is indented. */
  step: 1 | 2;
  label: number;
  kind: number;
  took: number;
  bar: number;
  /** How short the names are, from 0, whole, to 4, not there. */
  names: number;
  /** What is left for name and notes. */
  tail: number;
}

/** The widest that a bar is drawn, in columns; wider ones show no more. */
const widestBar = 60;

/** Of a width, the share that services may take when their names are too long for all to have room. */
const labelShare = 0.45;

/** From the most to the least that is reported: names are given up before times. */
const choices = [
  { roles: true, step: 2, bar: 16, names: 0 },
  { roles: true, step: 2, bar: 16, names: 1 },
  { roles: true, step: 2, bar: 16, names: 2 },
  { roles: false, step: 1, bar: 16, names: 2 },
  { roles: false, step: 1, bar: 8, names: 3 },
] as const;
const narrowest = { roles: false, step: 1, bar: 6, names: 4 } as const;

/** How a drawing's parts share `width` columns. */
export function layoutOf(rows: readonly Row[], width: number): Layout {
  const most = (of: (row: Row) => string) => rows.reduce((max, row) => Math.max(max, textWidth(of(row))), 0);
  const kind = most((it) => it.kind);
  const took = most((it) => it.took);
  const labels = { 1: most((it) => labelOf(it, 1)), 2: most((it) => labelOf(it, 2)) };
  const leads = { 1: most((it) => leadOf(it, 1)), 2: most((it) => leadOf(it, 2)) };
  const share = Math.floor(width * labelShare);
  const fitted = (choice: (typeof choices)[number] | typeof narrowest, label: number): Layout => {
    const before = (choice.roles ? 9 : 2) + label + 2 + kind + 2 + took + 2;
    const tail = most((it) => tailOf(it, choice.names));
    const rest = width - before - 2 - (tail > 0 ? tail + 2 : 0);
    // Words on an error need room more than a long bar does.
    const words = most(({ more }) => more);
    const bar = Math.min(Math.max(rest - words, Math.min(choice.bar, rest)), widestBar);
    return {
      ...choice,
      label,
      kind,
      took,
      bar,
      tail: Math.max(width - before - 2 - Math.max(bar, 0) - 2, 0),
    };
  };
  for (const cap of [Number.POSITIVE_INFINITY, share]) {
    for (const choice of choices) {
      const room = Math.min(labels[choice.step], cap);
      if (room < labels[choice.step] && room < leads[choice.step] + 4) continue;
      const layout = fitted(choice, room);
      if (layout.bar >= choice.bar) return layout;
    }
  }
  const whole = fitted(narrowest, labels[1]);
  return whole.bar >= narrowest.bar
    ? whole
    : fitted(narrowest, Math.max(labels[1] - (narrowest.bar - whole.bar), 1));
}

/** Where a row hangs, drawn with one or two columns a level. */
function leadOf({ lead }: Row, step: 1 | 2): string {
  return step === 2 ? lead : [...lead].filter((_, i) => i % 2 === 0).join("");
}

/** Where a row hangs, and who made it. */
export function labelOf(row: Row, step: 1 | 2, width = Number.POSITIVE_INFINITY): string {
  const lead = leadOf(row, step);
  return cutEnd(lead + shorten(row.label, Math.max(width - textWidth(lead), 1)), width);
}

/** The name, as short as `names` says, and what has to be seen whatever the width is. */
export function tailOf(row: Row, names: number): string {
  return [shortName(row.name, names), row.note].filter((it) => it !== "").join("  ");
}

/** An RPC's name in what Connect, gRPC and Envoy write: `POST /cafe.v1.CafeService/OrderDrink to gateway`. */
const rpc = /^(?<verb>[A-Z]+ \/)?(?<pack>(?:\w+\.)*)(?<service>\w+)\/(?<method>\w+)(?<to> to \S+)?$/u;

/** How long a name is at most, in columns, by how short names are. */
const lengths = [60, 42, 28, 14, 0];

/** A name without its least important parts: the package first, then the service, the verb and the target. */
function shortName(name: string, names: number): string {
  const { verb = "", pack = "", service = "", method = "", to = "" } = rpc.exec(name)?.groups ?? {};
  const begin = verb.slice(0, -1);
  const forms = [
    name,
    `${begin}${pack ? "…" : begin ? "/" : ""}${service}/${method}${to}`,
    `${begin}…/${method}${to}`,
    `…/${method}`,
  ];
  return shorten(method ? (forms[names] ?? "") : name, lengths[names] ?? 0);
}
