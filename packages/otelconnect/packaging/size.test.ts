import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * What a browser may have to load for a client's interceptor, in bytes, minified and compressed, by its entry. That of `web` is
 * the project's goal; that of `index` holds what is reached, and the README's table says where it goes.
 */
const clientLimits = { web: 4_096, index: 6_912 };

const peers = ["@connectrpc/connect", "@opentelemetry/api"];

/** Bundles an import as an app would, but for the peers, which the app has anyway. */
async function bundle(code: string) {
  const result = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL("../src", import.meta.url)), loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    external: peers,
    logLevel: "error",
    metafile: true,
    write: false,
  });
  const [output] = Object.values(result.metafile.outputs);
  const files = Object.entries(output?.inputs ?? {}).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput === 0 ? [] : [file.replace(/^.*\//, "")],
  );
  return { files, bytes: gzipSync(result.outputFiles[0]?.contents ?? "", { level: 9 }).length };
}

for (const [entry, limit] of Object.entries(clientLimits)) {
  test(`the client's interceptor of the entry ${entry} is small`, async (context) => {
    const { files, bytes } = await bundle(`export { createClientInterceptor } from "./${entry}.ts";`);
    context.diagnostic(`${bytes} bytes of ${limit}`);
    assert.ok(bytes <= limit, `${bytes} bytes`);
    // What it does not use is left out.
    for (const other of ["server.ts", "trace-context-propagator.ts", "connect-patches.ts"]) {
      assert.ok(!files.includes(other), other);
    }
  });
}

test("an import for nothing costs nothing, but register, which is imported for what it does", async () => {
  assert.deepEqual((await bundle('import "./index.ts";')).files, []);
  const { metafile } = await build({
    stdin: {
      contents: 'import "./register.ts";',
      resolveDir: fileURLToPath(new URL("../src", import.meta.url)),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    metafile: true,
    write: false,
  });
  assert.ok(Object.keys(metafile.inputs).some((file) => file.endsWith("/register.ts")));
});
