import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("..", import.meta.url));

/**
 * Makes dist/ of main.ts, of the assertions, and of all that they import: a stranger's Node runs no TypeScript below node_modules, and what is one
 * file has nothing to install. It is not minified, so that a report of a mistake says where it was.
 */
export async function bundle() {
  await rm(`${folder}dist`, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: folder,
    entryPoints: { main: "main.ts", assert: "src/assert/index.ts" },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    legalComments: "none",
    inject: ["packaging/polyfills.mjs"],
    // Libraries in CommonJS ask for modules of Node by require().
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    metafile: true,
    logLevel: "warning",
  });
  await copyFile(`${folder}packaging/assert.d.ts`, `${folder}dist/assert.d.ts`);
  await writeFile(`${folder}dist/THIRD-PARTY-LICENSES.txt`, await licenses(Object.keys(metafile.inputs)));
}

/**
 * The licences of the libraries that are in the bundle, which ask to be kept with it.
 *
 * @param {readonly string[]} inputs paths of all files that were bundled.
 * @returns {Promise<string>}
 */
async function licenses(inputs) {
  const found = inputs.flatMap((it) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(it) ?? []);
  const texts = [...new Set(found)].sort().map(async (library) => {
    const root = `${folder}${library}`;
    const { name, version, license } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
    const entries = await readdir(root, { withFileTypes: true, recursive: true });
    const files = entries
      .filter((it) => it.isFile() && !it.parentPath.includes("node_modules/", root.length))
      .map((it) => `${it.parentPath}/${it.name}`.replace("//", "/").slice(root.length))
      .filter((it) => /^(licen[cs]es?|notice)/i.test(it))
      .sort();
    if (files.length === 0) throw new Error(`${name} is bundled, and has no file with its licence`);
    const contents = await Promise.all(files.map((it) => readFile(root + it, "utf8")));
    return `${name} ${version} (${license})\n\n${contents.join("\n").trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}
