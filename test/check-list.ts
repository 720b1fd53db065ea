import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** One check: what it makes sure of, and the command that exits with 0 when it holds. */
export interface Check {
  name: string;
  command: string;
  args: string[];
  hint: string;
  /** Exit code that says that it cannot be checked here; told, and neither passed nor failed. */
  impossible?: number;
}

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));
const bin = (name: string) => join("node_modules", ".bin", name);

/** What `npm run check` makes sure of, in order. */
export const checks: readonly Check[] = [
  { name: "types", command: bin("tsc"), args: ["-p", "tsconfig.json"], hint: "npx tsc" },
  {
    name: "types of the page",
    command: bin("tsc"),
    args: ["-p", join("packages", "page")],
    hint: "npx tsc -p packages/page",
  },
  {
    name: "format and lint",
    command: bin("biome"),
    args: ["ci", "--colors=off", "--error-on-warnings", "."],
    hint: "npm run format",
  },
  {
    name: "imports",
    command: process.execPath,
    args: [join("test", "house", "check.ts")],
    hint: "CONTRIBUTING.md tells the way of imports",
  },
  {
    name: "nothing unused or undeclared",
    command: bin("knip"),
    args: ["--no-progress", "--treat-config-hints-as-errors"],
    hint: "take out what nobody uses, and declare what is imported",
  },
  { name: "proto lint", command: bin("buf"), args: ["lint"], hint: "npx buf lint" },
  {
    name: "proto format",
    command: bin("buf"),
    args: ["format", "--diff", "--exit-code"],
    hint: "npx buf format -w",
  },
  {
    name: "proto changes break nobody",
    command: process.execPath,
    args: [join("test", "breaking.ts")],
    hint: "npm run breaking",
    // A clone without its history.
    impossible: 2,
  },
  {
    name: "generate",
    command: bin("buf"),
    args: ["generate", "--output", scratch],
    hint: "npx buf generate",
  },
  {
    name: "generated code is up to date",
    command: "diff",
    args: ["-r", join(scratch, "proto", "gen"), join("proto", "gen")],
    hint: "npm run generate, and commit what it changes",
  },
];

// buf looks its plugin up on the PATH.
const env = { ...process.env, PATH: [join("node_modules", ".bin"), process.env.PATH].join(delimiter) };

/** Runs a check. @returns its exit code, null when it could not be run, and what it said. */
export function runCheck({ command, args }: Check): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", env });
  return { status, output: `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trimEnd() };
}
