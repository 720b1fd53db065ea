import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** Compiles src/ to dist/: ES modules and their types. */
export async function build() {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  await rm(`${folder}dist`, { recursive: true, force: true });
  // npm puts the binaries of the workspace onto the PATH of its scripts.
  const { status, error } = spawnSync("tsc", ["-p", "tsconfig.build.json"], {
    cwd: folder,
    stdio: "inherit",
  });
  if (status !== 0) {
    throw new Error(
      `tsc failed; run this with npm run build -w packages/otelconnect: ${error?.message ?? status}`,
    );
  }
  for (const file of globSync(`${folder}dist/*.d.ts`)) {
    // The compiler rewrites the extensions of imports in the code, but not in the types.
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replaceAll(/(from "\.\/[\w-]+)\.ts"/g, '$1.js"'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build();
}
