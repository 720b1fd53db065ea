import { matchesGlob } from "node:path";
import type { House, Import } from "./house.ts";
import { nameAndDoor, packageOf, targetOf } from "./house.ts";

/** What of the other packages a package may import. What stands here, and only that: imports go one way. */
export interface Ways {
  readonly [name: string]: { readonly code: readonly string[]; readonly tests?: readonly string[] };
}

/** What the rules are about, beside the house itself. */
export interface HouseRules {
  readonly ways: Ways;
  /** Packages that run in a browser too: behind their door "." nothing imports a module of Node. */
  readonly browser: readonly string[];
  /** Files that run before node_modules is there, so that they cannot import by name. */
  readonly early: readonly string[];
}

/** Files that only tests run. */
const testFiles = ["**/*.test.ts", "**/*.e2e.ts", "**/{testing,bench,packaging}/**"];

/** Says everything that is wrong with the imports of a house, each with its place. */
export function brokenRules(house: House, rules: HouseRules): string[] {
  return [
    ...house.imports.flatMap((it) => wrongWay(house, rules, it)),
    ...cyclesIn(house),
    ...nodeInBrowser(house, rules),
  ];
}

function wrongWay(house: House, { ways, early }: HouseRules, it: Import): string[] {
  const place = `${it.file}:${it.line}`;
  const from = packageOf(house, it.file);
  if (it.specifier.startsWith(".")) {
    const to = packageOf(house, targetOf(house, it) as string);
    return from === to || early.includes(it.file)
      ? []
      : [`${place}: "${it.specifier}" leaves ${from?.folder ?? "the tests"}; import a package by its name`];
  }
  const [name, door] = nameAndDoor(it.specifier) ?? [];
  if (name === undefined || door === undefined) return [];
  const to = house.packages.find((one) => one.name === name);
  if (to === undefined) return [`${place}: there is no package ${name}`];
  if (![...to.doors.keys()].some((one) => matchesGlob(door, one.replace("*", "**"))))
    return [
      `${place}: "${it.specifier}" is no door of ${name}; its package.json exports ${[...to.doors.keys()].join(", ")}`,
    ];
  // What belongs to no package, as the tests of the whole do, may use all of them.
  if (from === undefined) return [];
  const way = ways[from.name];
  if (way === undefined) return [`${place}: no rule says what ${from.name} may import`];
  const isTest = testFiles.some((glob) => matchesGlob(it.file, glob));
  const allowed = [...way.code, ...(isTest ? (way.tests ?? []) : [])];
  return allowed.includes(name) ? [] : [`${place}: ${from.name} must not import ${name}`];
}

/** Files that import each other in a circle, imports of types counted (Tarjan's strongly connected components). */
function cyclesIn(house: House): string[] {
  const next = new Map<string, string[]>();
  for (const it of house.imports) {
    const to = targetOf(house, it);
    if (to !== undefined) next.set(it.file, [...(next.get(it.file) ?? []), to]);
  }
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[] = [];
  const visit = (file: string) => {
    numbers.set(file, numbers.size);
    lowest.set(file, numbers.size - 1);
    stack.push(file);
    for (const to of next.get(file) ?? []) {
      if (!numbers.has(to)) visit(to);
      if (stack.includes(to)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(to) ?? 0));
    }
    if (lowest.get(file) !== numbers.get(file)) return;
    const part = stack.splice(stack.indexOf(file));
    if (part.length > 1) cycles.push(`${part.sort().join(", ")} import each other in a circle`);
  };
  for (const file of next.keys()) if (!numbers.has(file)) visit(file);
  return cycles;
}

/** What is reached from the main door of a package that browsers run too, and imports a module of Node. */
function nodeInBrowser(house: House, { browser }: HouseRules): string[] {
  const entries = browser.map((name) => house.packages.find((it) => it.name === name)?.doors.get("."));
  const reached = new Set(entries.filter((it) => it !== undefined));
  const found: string[] = [];
  for (const file of reached) {
    for (const it of house.imports.filter((one) => one.file === file)) {
      const to = targetOf(house, it);
      if (to !== undefined) reached.add(to);
      if (it.specifier.startsWith("node:"))
        found.push(
          `${file}:${it.line}: "${it.specifier}" is reached from the door of a package that browsers run too`,
        );
    }
  }
  return found;
}
