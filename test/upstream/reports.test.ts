import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const run = promisify(execFile);

/**
 * The reports of docs/upstream whose reproduction runs in Node, and what of its output is the defect. Where one of these fails
 * after a move to a newer release, the defect is mended there: take the report, and what guards against it, away.
 */
const reports: Readonly<Record<string, RegExp>> = {
  "abort-reason-without-text": /^unhandled rejection: TypeError/m,
  "attributes-are-serialized-again": /^the attributes were listed [1-9]\d{3,} times for 1000 recordings$/m,
  "deadline-by-the-wall-clock": /^of 5 s there are 3605 s left$/m,
  "drained-connection-is-kept": /^(9\d|100) of 100 connections are in memory$/m,
  "early-answer-is-lost": /'2 Premature close': \d+/,
  "malformed-message-is-internal": /^json 400 invalid_argument\nproto 500 internal$/m,
  "messages-of-stream-are-kept": /^[1-9]\d\d bytes a message are kept$/m,
  "return-before-first-message": /^the server hears of it\nleft after 1 messages\nleft after 0 messages$/m,
  "unread-request-keeps-connection": /^10 streams open with \d{6,} bytes unread, 1 connection open$/m,
};

// They wait for most of their time.
suite("reports", { concurrency: true }, () => {
  for (const [name, defect] of Object.entries(reports)) {
    test(`the report ${name} shows its defect with the release that is installed`, async () => {
      const report = await readFile(join(repoRoot, "docs", "upstream", `${name}.md`), "utf8");
      const [, code] = /^```js\n(.*?)^```$/ms.exec(report) ?? [];
      assert.ok(code !== undefined, "it has a reproduction");
      const folder = await mkdtemp(join(tmpdir(), "report-"));
      try {
        await symlink(join(repoRoot, "node_modules"), join(folder, "node_modules"));
        await writeFile(join(folder, "reproduction.mjs"), code);
        const args = ["--expose-gc", "reproduction.mjs"];
        const { stdout } = await run(process.execPath, args, { cwd: folder, timeout: 60_000 });
        assert.match(stdout, defect);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
});
