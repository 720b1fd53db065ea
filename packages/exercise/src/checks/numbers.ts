import { readFileSync } from "node:fs";
import { parse, YAMLParseError } from "yaml";
import type { GradeItem } from "../grade.ts";
import { missed } from "../grade.ts";
import type { Selector } from "./series.ts";
import { parseSelector } from "./series.ts";

/** Reads a learner's selectors from a file, by the names of their numbers, or says what is wrong with them. */
export function readNumbers(
  file: string,
  name: string,
  wanted: readonly string[],
): Map<string, Selector[]> | GradeItem[] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    return [missed(`${name} is YAML`, error.message, { code: "metric.query" })];
  }
  const found = new Map<string, Selector[]>();
  const wrong: GradeItem[] = [];
  for (const number of wanted) {
    const written = (content as Record<string, unknown> | null)?.[number];
    const texts = Array.isArray(written) ? written : [written];
    const selectors = texts.map((it) =>
      typeof it === "string" ? parseSelector(it) : { wrong: `there is no selector behind "${number}:"` },
    );
    const [fault] = selectors.flatMap((it) => ("wrong" in it ? it.wrong : []));
    if (fault === undefined) {
      found.set(
        number,
        selectors.flatMap((it) => ("wrong" in it ? [] : it)),
      );
    } else {
      const expectation = `${name} says what "${number}" is`;
      wrong.push(missed(expectation, fault, { code: "metric.query", edge: number }));
    }
  }
  return wrong.length > 0 ? wrong : found;
}

/** Puts the values of variables into a selector's tests. */
export function withVariables(
  { metric, tests }: Selector,
  variables: Readonly<Record<string, string>>,
): Selector {
  const fill = (text: string) =>
    text.replaceAll(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole);
  return { metric, tests: tests.map((it) => ({ ...it, value: fill(it.value) })) };
}
