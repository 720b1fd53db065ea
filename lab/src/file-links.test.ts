import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linkFiles, takesLinks } from "./file-links.ts";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "workspace"));
writeFileSync(join(folder, "workspace", "a.ts"), "one\n");

const link = (text: string, env: NodeJS.ProcessEnv = { FORCE_HYPERLINK: "1" }) =>
  linkFiles(text, env, folder);

test("a file that is there becomes a link with its line, and the text that is seen stays", () => {
  const linked = link("look: workspace/a.ts:3  one").split("\u001B");
  assert.equal(linked.length, 5);
  assert.equal(linked[0], "look: ");
  assert.match(linked[1] ?? "", /^\]8;;file:\/\/.*\/workspace\/a\.ts#3$/);
  assert.deepEqual(linked.slice(2), ["\\workspace/a.ts:3", "]8;;", "\\  one"]);
});

test("what is no file stays as it is: RPCs, addresses, and files that are not there", () => {
  const text = "cafe.v1.CafeService/OrderDrink http://127.0.0.1:8080/workspace/a.ts workspace/b.ts:1";
  assert.equal(link(text), text);
});

test("a terminal that is not known to take links gets none", () => {
  const text = "workspace/a.ts:3";
  for (const env of [
    {},
    { TERM: "xterm" },
    { TERM: "dumb", VTE_VERSION: "7000" },
    { TMUX: "1", WT_SESSION: "1" },
  ]) {
    assert.equal(link(text, env), text);
  }
  for (const env of [{ VTE_VERSION: "7006" }, { TERM_PROGRAM: "vscode" }, { TERM: "xterm-kitty" }]) {
    assert.equal(takesLinks(env), true);
  }
});
