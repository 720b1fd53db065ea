import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { readHouse } from "./house.ts";
import type { HouseRules } from "./rules.ts";
import { brokenRules } from "./rules.ts";

const rules: HouseRules = {
  ways: { low: { code: [], tests: ["high"] }, high: { code: ["low"] } },
  browser: ["low"],
  early: ["high/early.mjs"],
};

/** A repository of two packages, `high` above `low`, in which nothing is wrong. */
const sound = {
  "package.json": JSON.stringify({ name: "whole", type: "module", workspaces: ["packages/*", "high"] }),
  "packages/low/package.json": JSON.stringify({
    name: "@envoy-mesh-lab/low",
    exports: { ".": "./src/index.ts", "./node": "./src/node.ts" },
    devDependencies: { "@envoy-mesh-lab/high": "0.1.0" },
  }),
  "packages/low/src/index.ts": 'export { one } from "./one.ts";\n',
  "packages/low/src/one.ts": "export const one = 1;\n",
  "packages/low/src/node.ts": 'export { readFileSync as read } from "node:fs";\n',
  "packages/low/src/one.test.ts": 'import { two } from "@envoy-mesh-lab/high";\nconsole.log(two);\n',
  "high/package.json": JSON.stringify({
    name: "@envoy-mesh-lab/high",
    exports: { ".": "./index.ts" },
    dependencies: { "@envoy-mesh-lab/low": "0.1.0" },
  }),
  "high/index.ts": 'import { one } from "@envoy-mesh-lab/low";\nexport const two = one + 1;\n',
  "high/early.mjs": 'import("../packages/low/src/one.ts");\n',
};

/** The folder of a repository with these files beside, or in the place of, the sound ones. */
function repository(t: TestContext, files: Record<string, string>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "lab-house-")));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries({ ...sound, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

const low = (text: string) => ({ "packages/low/src/one.ts": `${text}export const one = 1;\n` });
const high = (text: string) => ({ "high/index.ts": `${text}\nexport const two = 2;\n` });

/** A repository in which one rule is broken, and what is said of it. */
const cases: [string, Record<string, string>, RegExp?][] = [
  ["a sound one", {}],
  [
    "a relative import that leaves a package",
    high('import "../packages/low/src/one.ts";'),
    /index\.ts:1: .* leaves high/,
  ],
  [
    "an export of types from beyond a package",
    high('export type * from "../packages/low/src/one.ts";'),
    /leaves high/,
  ],
  [
    "a test of the whole that looks into a package",
    { "test/a.ts": 'import "../high/index.ts";' },
    /leaves the tests/,
  ],
  ["an import past the door", high('import "@envoy-mesh-lab/low/src/one.ts";'), /is no door of low/],
  ["an import of a package that is not there", high('import "@envoy-mesh-lab/lo";'), /no package lo/],
  ["an import upwards", low('import "@envoy-mesh-lab/high";\n'), /low must not import high/],
  [
    "an import upwards, of a type",
    low('import type { two } from "@envoy-mesh-lab/high";\n'),
    /low must not import high/,
  ],
  [
    "an import upwards, when it is needed",
    low('await import("@envoy-mesh-lab/high");\n'),
    /low must not import high/,
  ],
  [
    "a package without a rule",
    {
      "packages/new/package.json": JSON.stringify({ name: "@envoy-mesh-lab/new" }),
      "packages/new/index.ts": 'import "@envoy-mesh-lab/low";',
    },
    /no rule says what new may import/,
  ],
  [
    "a circle",
    {
      ...low('import "./other.ts";\n'),
      "packages/low/src/other.ts": 'import "./one.ts";\n',
    },
    /one\.ts, packages\/low\/src\/other\.ts import each other/,
  ],
  [
    "a circle of types",
    {
      ...low('import type { Other } from "./other.ts";\n'),
      "packages/low/src/other.ts": 'import type { one } from "./one.ts";\nexport type Other = typeof one;\n',
    },
    /import each other in a circle/,
  ],
  [
    "Node behind the door of what browsers run",
    low('import "node:fs";\n'),
    /one\.ts:1: "node:fs" is reached/,
  ],
];

for (const [name, files, words] of cases) {
  test(`the ways of imports: ${name}`, (t) => {
    const broken = brokenRules(readHouse(repository(t, files)), rules).join("\n");
    if (words === undefined) assert.equal(broken, "");
    else assert.match(broken, words);
  });
}

/** What knip says of a repository, under the settings that ours has in general. */
function knip(root: string): string {
  const bin = join(repoRoot, "node_modules", ".bin", "knip");
  const { stdout, stderr, status } = spawnSync(bin, ["--no-progress"], { cwd: root, encoding: "utf8" });
  assert.equal(status, stdout === "" ? 0 : 1, stderr);
  return stdout;
}

const settled = {
  "high/early.mjs": "console.log(1);\n",
  "knip.json": JSON.stringify({
    includeEntryExports: true,
    workspaces: {
      ".": { entry: [], project: [] },
      high: { entry: ["early.mjs"], project: ["**/*.{ts,mjs}"] },
      "packages/low": { entry: ["src/one.test.ts", "src/use.ts"], project: ["**/*.ts"] },
    },
  }),
  "packages/low/src/use.ts":
    'import { read } from "./node.ts";\nimport { one } from "./index.ts";\nread(String(one));\n',
};
const unused: [string, Record<string, string>, RegExp?][] = [
  ["a sound one", {}],
  ["a file", { "high/lonely.ts": "console.log(1);\n" }, /Unused files[\s\S]*lonely\.ts/],
  [
    "an export",
    { "packages/low/src/one.ts": "export const one = 1;\nexport const more = 2;\n" },
    /Unused exports[\s\S]*more/,
  ],
  [
    "a dependency",
    {
      "high/package.json": JSON.stringify({
        name: "@envoy-mesh-lab/high",
        exports: { ".": "./index.ts" },
        dependencies: { "@envoy-mesh-lab/low": "0.1.0", never: "1.0.0" },
      }),
    },
    /Unused dependencies[\s\S]*never/,
  ],
  [
    "what is not declared",
    { "high/index.ts": `${sound["high/index.ts"]}import "yaml";\n` },
    /Unlisted dependencies[\s\S]*yaml/,
  ],
];

for (const [name, files, words] of unused) {
  test(`nothing unused, nothing undeclared: ${name}`, (t) => {
    const root = repository(t, { ...settled, ...files });
    mkdirSync(join(root, "node_modules", "@envoy-mesh-lab"), { recursive: true });
    for (const [name, folder] of [
      ["low", "packages/low"],
      ["high", "high"],
    ] as const)
      symlinkSync(join(root, folder), join(root, "node_modules", "@envoy-mesh-lab", name));
    const said = knip(root);
    if (words === undefined) assert.equal(said, "");
    else assert.match(said, words);
  });
}
