import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FreshProject } from "./fresh-project.ts";

const run = promisify(execFile);

/** How strangers set their compiler. */
const settings = {
  nodenext: { module: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
  "exactOptionalPropertyTypes in nodenext": { module: "nodenext", exactOptionalPropertyTypes: true },
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
  for (const [name, options] of Object.entries(settings)) {
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
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["use.ts"] }));
    const compiler = join("node_modules", `typescript-${version}`, "bin", "tsc");
    await run(process.execPath, [compiler, "-p", "tsconfig.json"], { cwd: folder }).catch(
      (error: Error & { stdout?: string }) => {
        throw new Error(`${name}: ${error.stdout ?? error.message}`);
      },
    );
  }
  return Object.keys(settings).join(", ");
}
