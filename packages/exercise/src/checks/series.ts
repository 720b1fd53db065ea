/** One series of a metric in Prometheus' text format. */
export interface Series {
  metric: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

/** Which series are meant: those of a metric whose labels pass all tests. */
export interface Selector {
  metric: string;
  tests: { label: string; isNot: boolean; isRegex: boolean; value: string }[];
}

const name = String.raw`[a-zA-Z_:][a-zA-Z0-9_:]*`;
const text = String.raw`"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'`;
const selectorForm = new RegExp(String.raw`^(${name})\s*(?:\{([\s\S]*)\})?$`);
const testForm = new RegExp(String.raw`\s*(${name})\s*(=~|!~|!=|=)\s*(${text})\s*(,|$)`, "y");
const lineForm = new RegExp(String.raw`^(${name})(?:\{(.*)\})? (\S+)(?: -?\d+)?$`);
const labelForm = new RegExp(`(${name})=(${text}),?`, "g");

/**
 * Reads a selector as Prometheus' queries have them, `metric{label="value", other!="value", another=~"regex"}`
 * (https://prometheus.io/docs/prometheus/latest/querying/basics/#instant-vector-selectors), or says what is wrong with it.
 */
export function parseSelector(input: string): Selector | { wrong: string } {
  const [, metric, inside = ""] = selectorForm.exec(input.trim()) ?? [];
  if (metric === undefined) return { wrong: `"${input}" is no selector, such as metric{label="value"}` };
  const tests: Selector["tests"] = [];
  for (let at = 0; inside.slice(at).trim() !== ""; at = testForm.lastIndex) {
    testForm.lastIndex = at;
    const [, label, operator = "", quoted = ""] = testForm.exec(inside) ?? [];
    if (label === undefined)
      return { wrong: `in the selector of ${metric}, this is not understood: ${inside.slice(at).trim()}` };
    const value = unquote(quoted);
    const isRegex = operator.includes("~");
    if (isRegex && regexOf(value) === undefined) return { wrong: `${value} is no regular expression` };
    tests.push({ label, isNot: operator.startsWith("!"), isRegex, value });
  }
  return { metric, tests };
}

/** Prometheus' regular expressions hold for all of a value, not for a part of it. */
function regexOf(value: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${value})$`, "s");
  } catch {
    return undefined;
  }
}

const unquote = (quoted: string) =>
  quoted.slice(1, -1).replaceAll(/\\(.)/g, (_, it: string) => (it === "n" ? "\n" : it));

/** Reads the series of a text in Prometheus' text format. */
export function parseSeries(input: string): Series[] {
  return input.split("\n").flatMap((line) => {
    const [, metric, inside = "", value] = lineForm.exec(line) ?? [];
    if (metric === undefined) return [];
    const labels = [...inside.matchAll(labelForm)].map(
      ([, label = "", quoted = ""]) => [label, unquote(quoted)] as const,
    );
    return [{ metric, labels: new Map(labels), value: Number(value) }];
  });
}

/** Adds up the series that a selector finds. A label that a series does not have is empty, as in Prometheus. */
export function sumOf(series: readonly Series[], { metric, tests }: Selector): number {
  return series
    .filter((it) => it.metric === metric)
    .filter(({ labels }) =>
      tests.every(({ label, isNot, isRegex, value }) => {
        const its = labels.get(label) ?? "";
        return (isRegex ? regexOf(value)?.test(its) === true : its === value) !== isNot;
      }),
    )
    .reduce((sum, it) => sum + it.value, 0);
}
