import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { editorLink, isEditor } from "./editor-link.ts";

suite("links that open an editor", () => {
  test("name the file, whatever it is called", () => {
    assert.equal(editorLink("vscode", "/home/me/a b/#1?.ts"), "vscode://file/home/me/a%20b/%231%3F.ts");
    assert.equal(editorLink("zed", "C:/x.ts"), "zed://file/C%3A/x.ts");
  });

  test("are of editors that are known", () => {
    assert.ok(isEditor("cursor"));
    for (const it of [null, "", "javascript", "constructor", "__proto__"]) assert.ok(!isEditor(it));
  });
});
