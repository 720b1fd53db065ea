import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FreshProject } from "./fresh-project.ts";

const run = promisify(execFile);

/** How strangers set their compiler, and what is compiled so. */
const settings = {
  nodenext: { file: "use.ts", module: "nodenext" },
  bundler: { file: "use.ts", module: "esnext", moduleResolution: "bundler" },
  "exactOptionalPropertyTypes in nodenext": {
    file: "use.ts",
    module: "nodenext",
    exactOptionalPropertyTypes: true,
  },
  "CommonJS in nodenext": { file: "use.cts", module: "nodenext" },
  // As `tsc --init` wrote it for years, with decorators as Nest has them. TypeScript 6 gives it up.
  "CommonJS in node10": {
    file: "use.cts",
    module: "commonjs",
    moduleResolution: "node10",
    experimentalDecorators: true,
    until: 6,
  },
};

/** The package of a release of TypeScript, under a name that leaves room for others: npm install `<this>`. */
export function typescriptPackage(version: string): string {
  return `typescript-${version}@npm:typescript@${version}`;
}

/**
 * Compiles a file that uses what the package offers, against the types that are published, with one release of TypeScript in
 * each setting; `strict`, and with the types of the libraries looked at too.
 *
 * @returns the settings
 * @throws with what the compiler said
 */
export async function compile({ folder }: FreshProject, version: string): Promise<string> {
  const code = await readFile(join(folder, "use.ts"), "utf8");
  // The zero code is an ES module.
  await writeFile(join(folder, "use.cts"), code.replace(/^import ".*register";\n/m, ""));
  const tried: string[] = [];
  for (const [name, { file, ...others }] of Object.entries(settings)) {
    const { until = Number.POSITIVE_INFINITY, ...options } = { until: undefined, ...others };
    if (Number.parseInt(version, 10) >= until) continue;
    tried.push(name);
    const compilerOptions = {
      ...options,
      target: "es2022",
      lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
      strict: true,
      noUncheckedIndexedAccess: true,
      types: ["node"],
      // Connect's and protobuf's own types need 5.7.
      skipLibCheck: version.startsWith("5.6."),
      noEmit: true,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
    const compiler = join("node_modules", `typescript-${version}`, "bin", "tsc");
    await run(process.execPath, [compiler, "-p", "tsconfig.json"], { cwd: folder }).catch(
      (error: Error & { stdout?: string }) => {
        throw new Error(`${name}: ${error.stdout ?? error.message}`);
      },
    );
  }
  return tried.join(", ");
}
