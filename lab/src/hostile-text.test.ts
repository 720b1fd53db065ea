import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(folder, { recursive: true }));

/** What steers a terminal, but for the halves of characters, which no file in UTF-8 can hold. */
const steering = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code))
  .filter((it) => /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]$/u.test(it))
  .join("");
const hostile = (what: string) => `${what}\u001b[31m\u001b]8;;http://evil.example\u0007${steering}`;

const text = (key: string) => ({ key: hostile(key), value: { stringValue: hostile("value") } });
let ids = 0;
const nextId = (length: number) => (++ids).toString(16).padStart(length, "0");

/** A trace whose every text steers: a server that calls a client, both of them in error, one parent missing. */
function hostileTrace(service: string) {
  const traceId = nextId(32);
  const [root, child] = [nextId(16), nextId(16)];
  const span = (spanId: string, parentSpanId: string, kind: number) => ({
    ...{ traceId, spanId, parentSpanId, kind, name: hostile("span"), traceState: hostile("state") },
    ...{ startTimeUnixNano: "1000000000", endTimeUnixNano: "900000000" },
    attributes: [text("key"), { key: "tenant", value: { stringValue: hostile("tenant") } }],
    events: [{ timeUnixNano: "1000000001", name: hostile("event"), attributes: [text("event")] }],
    status: { code: 2, message: hostile("message") },
  });
  return {
    resource: {
      attributes: [{ key: "service.name", value: { stringValue: hostile(service) } }, text("resource")],
    },
    scopeSpans: [
      {
        scope: { name: hostile("scope"), version: hostile("version") },
        spans: [span(root, "", 3), span(child, root, 3), span(nextId(16), "00000000000000ff", 2)],
      },
    ],
  };
}

// A file's name holds neither a NUL nor a slash, and few bytes.
const file = join(folder, `file\u001b[31m\u001b]8;;\u0007\u009b\u202e\u2028.json`);
writeFileSync(file, JSON.stringify({ resourceSpans: [hostileTrace("a"), hostileTrace("b")] }));
const expectations = join(folder, "expected.yaml");
writeFileSync(
  expectations,
  `name: ${JSON.stringify(hostile("expected"))}
hops: [{ service: ${JSON.stringify(hostile("other"))}, kind: server }]
spans: [{ attributes: { ${JSON.stringify(hostile("key"))}: { equals: ${JSON.stringify(hostile("x"))} } } }]
`,
);
const page = join(folder, "report.html");

const commands: string[][] = [
  ["trace", "--from", file],
  ["trace", "--from", file, "--why"],
  ["trace", "--from", file, "--json"],
  ["trace", "--from", file, "--attributes"],
  ["traces", "--from", file],
  ["traces", "--from", file, "--json"],
  ["span", "0000000000000002", "--from", file],
  ["span", "0000000000000002", "--from", file, "--json"],
  ["span", hostile("id").replaceAll("\u0000", ""), "--from", file],
  ["check", "--from", file],
  ["check", "--from", file, "--expect", expectations],
  ["check", "--from", file, "--expect", expectations, "--json"],
  ["check", "--from", file, "--expect", expectations, "--junit", "-"],
  ["check", "--from", file, "--expect", expectations, "--github"],
  ["check", "--from", file, "--expect", expectations, "--html", page],
  ["compare", "--from", file],
  ["compare", "--from", file, "--by", "tenant"],
  ["compare", "--from", file, "--by", hostile("key").replaceAll("\u0000", "")],
  ["compare", "--from", file, "--against", file],
  ["compare", "--from", file, "--explain"],
  ["compare", "--from", file, "--against", "similar"],
  ["compare", "--from", file, "--csv"],
  ["compare", "--from", file, "--json"],
  ["compare", "--from", file, "--html", page],
  ["check", "--from", hostile("nowhere").replaceAll("\u0000", "")],
];

suite("a stranger's text never steers what shows it", () => {
  for (const args of commands) {
    test(`lab ${args.map((it) => (it.length > 20 ? "…" : it)).join(" ")}`, () => {
      const { stdout, stderr } = spawnSync(process.execPath, ["lab/main.ts", ...args], {
        cwd: repoRoot,
        encoding: "utf8",
      });
      const said = [stdout, stderr, ...(args.includes(page) ? [readFileSync(page, "utf8")] : [])].join("");
      assert.ok(said.length > 40, "it says something");
      // CSV ends its lines with CRLF (RFC 4180). A tab in an error moves nothing but what follows it.
      const shown = args.includes("--csv") ? said.replaceAll("\r\n", "\n") : said;
      const [found] = /[^\n]{0,40}(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.exec(shown) ?? [];
      assert.equal(found && JSON.stringify(found), undefined);
    });
  }
});
