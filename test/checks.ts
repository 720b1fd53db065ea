import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** One check: what it makes sure of, and the command that exits with 0 when it holds. */
type Check = {
  name: string;
  command: string;
  args: string[];
  hint: string;
  /** Exit code that says that it cannot be checked here; told, and neither passed nor failed. */
  impossible?: number;
};

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
const bin = (name: string) => join("node_modules", ".bin", name);

const checks: Check[] = [
  { name: "types", command: bin("tsc"), args: ["-p", "tsconfig.json"], hint: "npx tsc" },
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
let passed = 0;
let failed = 0;
try {
  for (const check of checks) {
    const result = spawnSync(check.command, check.args, { encoding: "utf8", env });
    const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`.trimEnd();
    if (result.status === 0) {
      passed++;
      console.log(`✔ ${check.name}`);
    } else if (result.status !== null && result.status === check.impossible) {
      console.log(`- ${check.name}: cannot be checked here\n${output}`);
    } else {
      failed++;
      console.log(`✖ ${check.name}\n${output}\n  to mend: ${check.hint}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
