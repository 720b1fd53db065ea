import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import type { Pending } from "./json-rpc.ts";
import { answerLine, rpcCodes } from "./json-rpc.ts";
import { mcpMethods } from "./methods.ts";
import { commandLineOf, tools } from "./tools.ts";

interface Answer {
  readonly id: unknown;
  readonly result: {
    readonly protocolVersion: string;
    readonly tools: readonly { readonly name: string; readonly inputSchema: { readonly type: string } }[];
    readonly content: readonly { readonly text: string }[];
    readonly isError: boolean;
  };
  readonly error: { readonly code: number };
}

/** Sends lines to `meshtrace mcp`, in the folder of the recorded traces. @returns the answers, by their ids. */
async function talk(...messages: (object | string)[]): Promise<Map<unknown, Answer>> {
  const child = spawn(process.execPath, [join(repoRoot, "packages/meshtrace/main.ts"), "mcp"], {
    cwd: recordedFolder,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (it: string) => {
    output += it;
  });
  child.stdin.end(messages.map((it) => (typeof it === "string" ? it : JSON.stringify(it))).join("\n"));
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  const answers = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Answer);
  return new Map(answers.map((it) => [it.id, it]));
}

const request = (id: number, method: string, params?: object) => ({ jsonrpc: "2.0", id, method, params });
const callOf = (id: number, name: string, given: object) =>
  request(id, "tools/call", { name, arguments: given });

suite("meshtrace mcp", () => {
  test("begins, lists its tools, and checks a file", async () => {
    const answers = await talk(
      request(1, "initialize", {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "test" },
      }),
      { jsonrpc: "2.0", method: "notifications/initialized" },
      request(2, "tools/list"),
      callOf(3, "check", { files: ["not-injected.json"] }),
      callOf(4, "trace", { files: ["none.json"] }),
      request(5, "ping"),
      "{",
    );
    assert.equal(answers.size, 6);
    assert.equal(answers.get(1)?.result.protocolVersion, "2025-06-18");
    const listed = answers.get(2)?.result.tools;
    assert.deepEqual(
      listed?.map((it) => it.name),
      Object.keys(tools),
    );
    assert.equal(listed?.[0]?.inputSchema.type, "object");
    const checked = answers.get(3)?.result;
    assert.equal(checked?.isError, false);
    assert.match(checked?.content[0]?.text ?? "", /✘ 1 cause\n\n 1\. context\.lost/);
    assert.equal(answers.get(4)?.result.isError, true);
    assert.match(answers.get(4)?.result.content[0]?.text ?? "", /none\.json/);
    assert.equal(answers.get(null)?.error.code, rpcCodes.parse);
  });

  const methods = mcpMethods("1.0.0", async (args) => ({ code: 0, stdout: args.join(" "), stderr: "" }));
  const ask = async (it: object) => JSON.parse((await answerLine(JSON.stringify(it), methods)) ?? "null");

  test("nothing that is asked for becomes an option that writes, or standard input", async () => {
    for (const given of [
      { files: ["--html=x.html"] },
      { files: ["-"] },
      { expect: "--html" },
      { tempo: "-x" },
      { html: "x.html" },
      { files: "a.json" },
    ]) {
      const { result } = await ask(callOf(1, "check", given));
      assert.equal(result.isError, true, JSON.stringify(given));
    }
    const line = commandLineOf(tools.check as (typeof tools)[string], {
      files: ["a b.json"],
      query: "--html=x",
      since: "1h",
    });
    assert.deepEqual(line, ["check", "--query=--html=x", "--since=1h", "--", "a b.json"]);
  });

  test("a ping is answered while a tool runs, tools run one by one, and a cancelled call is ended without an answer", async () => {
    const ran: string[] = [];
    const signals: AbortSignal[] = [];
    const ends: (() => void)[] = [];
    const slow = mcpMethods("1.0.0", (args, cancelled) => {
      ran.push(args.at(-1) as string);
      signals.push(cancelled);
      return new Promise((resolve) => {
        ends.push(() => resolve({ code: 0, stdout: "x", stderr: "" }));
      });
    });
    const pending: Pending = new Map();
    const send = (it: object) => answerLine(JSON.stringify(it), slow, pending);
    const calls = [1, 2, 3].map((id) => send(callOf(id, "check", { files: [`${id}.json`] })));
    const cancel = (requestId: number) =>
      send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });
    assert.match((await send(request(4, "ping"))) ?? "", /"id":4,"result":\{\}/);
    assert.deepEqual(ran, ["1.json"]);
    await cancel(1);
    await cancel(2);
    await cancel(99);
    assert.equal(signals[0]?.aborted, true);
    ends[0]?.();
    assert.equal(await calls[0], undefined);
    assert.equal(await calls[1], undefined);
    while (ends.length < 2) await setImmediate();
    ends[1]?.();
    assert.match((await calls[2]) ?? "", /"id":3,"result"/);
    assert.deepEqual(ran, ["1.json", "3.json"]);
    assert.equal(pending.size, 0);
  });

  test("what is no request, no method and no tool", async () => {
    assert.equal((await ask([])).error.code, rpcCodes.request);
    assert.equal((await ask({ jsonrpc: "2.0", id: 1 })).error.code, rpcCodes.request);
    assert.equal((await ask(request(1, "toString"))).error.code, rpcCodes.method);
    assert.equal((await ask(callOf(1, "constructor", {}))).error.code, rpcCodes.params);
    assert.equal(await ask({ jsonrpc: "2.0", method: "notifications/cancelled" }), null);
  });

  test("a long answer is cut, and says so", async () => {
    const long = mcpMethods("1.0.0", async () => ({ code: 1, stdout: "x".repeat(100_000), stderr: "" }));
    const line = JSON.stringify(callOf(1, "check", {}));
    const { result } = JSON.parse((await answerLine(line, long)) ?? "");
    assert.match(result.content[0].text, /x\n… and 40000 characters more/);
    assert.equal(result.isError, false);
  });
});
