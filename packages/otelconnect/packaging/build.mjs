import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Compiles src/ to ES modules and their types in dist/, and to CommonJS in dist/cjs/: many apps are still compiled to that, and
 * neither Jest nor TypeScript before 5.8 lets CommonJS load ES modules, though Node does.
 */
export async function build() {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  await rm(`${folder}dist`, { recursive: true, force: true });
  for (const config of ["tsconfig.build.json", "tsconfig.cjs.json"]) {
    // npm puts the binaries of the workspace onto the PATH of its scripts.
    const { status, error } = spawnSync("tsc", ["-p", config], { cwd: folder, stdio: "inherit" });
    if (status !== 0) {
      throw new Error(
        `tsc failed; run this with npm run build -w packages/otelconnect: ${error?.message ?? status}`,
      );
    }
  }
  await writeFile(join(folder, "dist", "cjs", "package.json"), '{ "type": "commonjs" }\n');
  for (const file of globSync(`${folder}dist/**/*.d.ts`)) {
    // The compiler rewrites the extensions of imports in the code, but not in the types.
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
}
