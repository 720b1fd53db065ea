import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type * as source from "../src/assert/index.ts";
import * as own from "../src/assert/index.ts";
import type * as published from "./assert.d.ts";

/** `true` where the two are the same type, else `never`, which nothing can be assigned to. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
type Methods<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer P) => unknown ? P["length"] : T[K];
};
/** All parameters but the first, which is any object in the published types, as strangers have traces of their own. */
type Others<F> = F extends (first: never, ...others: infer P) => infer R ? [P, R] : never;

// The compiler holds these; `npm run check` runs it. A name, a parameter or an option that only one side has is an error here.
const held: readonly true[] = [
  true satisfies Same<keyof typeof published, keyof typeof source>,
  true satisfies Same<Others<typeof published.assertHops>, Others<typeof source.assertHops>>,
  true satisfies Same<Others<typeof published.assertClean>, Others<typeof source.assertClean>>,
  true satisfies Same<Others<typeof published.assertSpendsAtMost>, Others<typeof source.assertSpendsAtMost>>,
  true satisfies Same<published.SpendOptions, source.SpendOptions>,
  true satisfies Same<published.HopsExpectation, source.HopsExpectation>,
  true satisfies Same<published.MeshtraceMatchers, source.MeshtraceMatchers>,
  true satisfies Same<Methods<typeof published.matchers>, Methods<typeof source.matchers>>,
  true satisfies Same<keyof published.InMemoryTraces, keyof source.InMemoryTraces>,
];

suite("the published types of the assertions", () => {
  test("have what the source has, and nothing else", () => {
    assert.ok(held.length > 0);
    const text = readFileSync(join(import.meta.dirname, "assert.d.ts"), "utf8");
    const values = [...text.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(values.sort(), Object.keys(own).sort());
  });

  test("compile where they are used, and refuse what is wrong", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "meshtrace-types-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const library = join(folder, "node_modules", "@envoy-mesh-lab", "meshtrace");
    mkdirSync(library, { recursive: true });
    cpSync(join(import.meta.dirname, "assert.d.ts"), join(library, "assert.d.ts"));
    const exports = { "./assert": { types: "./assert.d.ts" } };
    const manifest = { name: "@envoy-mesh-lab/meshtrace", version: "1.0.0", type: "module", exports };
    writeFileSync(join(library, "package.json"), JSON.stringify(manifest));
    writeFileSync(
      join(folder, "use.mts"),
      `import { assertClean, assertHops, assertSpendsAtMost, InMemoryTraces, matchers } from "@envoy-mesh-lab/meshtrace/assert";
      import type { MeshtraceMatchers } from "@envoy-mesh-lab/meshtrace/assert";
      const traces = new InMemoryTraces();
      await assertClean(traces, { ignore: ["hop.sibling"] });
      await assertHops(traces.traces(), [{ service: "cafe", kind: "server" }]);
      await assertSpendsAtMost(traces.traces()[0] ?? {}, "proxy", "5 ms", { percentile: 99 });
      const { pass, message } = await matchers.toBeClean(traces);
      export const told: string = pass ? "" : message();
      declare const expect: (it: unknown) => MeshtraceMatchers;
      await expect(traces).toHaveHops("hops.yaml");
      // @ts-expect-error there is no such option
      await assertClean(traces, { ignored: [] });
      // @ts-expect-error a limit is needed
      await assertSpendsAtMost(traces, "proxy");
      // @ts-expect-error text is no trace
      await assertHops("traces.json", []);\n`,
    );
    const options = { module: "nodenext", target: "es2023", strict: true, noEmit: true, types: [] };
    const config = { compilerOptions: options, files: ["use.mts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = join(repoRoot, "node_modules", ".bin", "tsc");
    const { status, stdout } = spawnSync(tsc, ["-p", folder], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
});
