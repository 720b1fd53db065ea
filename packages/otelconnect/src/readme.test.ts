import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { describeFailure } from "./status.ts";
import { optionNames } from "./validate.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const rows = [...readme.matchAll(/^\| (.*) \|$/gm)].map(([, row = ""]) => row.split(" | "));

test("the README has every option, and no other, in its table", () => {
  const start = rows.findIndex(([first]) => first === "option");
  const table = rows.slice(
    start + 2,
    start + 2 + rows.slice(start + 2).findIndex(([first]) => first === "attribute"),
  );
  const named = table.flatMap(([first = ""]) => [...first.matchAll(/`(\w+)/g)].map(([, name]) => name));
  assert.deepEqual(named.toSorted(), [...optionNames("createServerInterceptor")].toSorted());
});

test("the README has a default and a reason for every option", () => {
  for (const name of optionNames("createServerInterceptor")) {
    const row = rows.find(([first = "", _default, why]) => why !== undefined && first.includes(`\`${name}`));
    assert.ok(
      row?.slice(1).every((cell) => cell.trim() !== ""),
      name,
    );
  }
});

test("what the README installs is all that its quick start imports", () => {
  const installed: readonly string[] =
    /^npm install ((?:.*\\\n)*.*)$/m.exec(readme)?.[1]?.match(/[@\w][^\s\\]*/g) ?? [];
  const quickStart = readme.slice(0, readme.indexOf("In a browser"));
  // Generated code imports the runtime of protobuf.
  const needed = new Set(["@bufbuild/protobuf"]);
  for (const [, name = ""] of quickStart.matchAll(/from "(@[^"]+)"/g)) {
    needed.add(name);
  }
  assert.ok(needed.size > 5, "the quick start was not found");
  assert.deepEqual(
    [...needed].filter((name) => !installed.includes(name)),
    [],
  );
});

test("every option documents its default", async () => {
  const source = await readFile(new URL("options.ts", import.meta.url), "utf8");
  const documented = new Map(
    [...source.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+readonly (\w+)\?:/gs)].map(([, text = "", name]) => [
      name,
      text,
    ]),
  );
  for (const name of optionNames("createServerInterceptor")) {
    // Headers of the response have the same default as those of the request, and say so.
    const text = documented.get(name === "responseHeaders" ? "requestHeaders" : name);
    assert.match(text ?? "", /Default: /, name);
  }
});

test("the README's status table is what the code does", () => {
  const codes = Object.values(Code).filter((code): code is Code => typeof code === "number");
  for (const code of codes) {
    const error = new ConnectError("x", code);
    const { statusCode, isError } = describeFailure(error, "server", false);
    const row = rows.find(
      ([first = "", second]) => first.includes(`\`${statusCode}\``) && second === "error",
    );
    assert.deepEqual(row?.slice(1), ["error", isError ? "error" : "unset"], statusCode);
    assert.equal(describeFailure(error, "client", false).isError, true);
  }
});
