import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ensureToken, readToken, tokenFile } from "./session.ts";

const root = mkdtempSync(join(tmpdir(), "page-session-"));
after(() => rmSync(root, { recursive: true }));
const modeOf = (path: string) => statSync(path).mode & 0o777;

test("a token is random, lasts, and is its owner's alone", () => {
  const [one, other] = [join(root, "one"), join(root, "other")];
  assert.equal(readToken(one), undefined);
  const token = ensureToken(one);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(ensureToken(one), token);
  assert.equal(readToken(one), token);
  assert.notEqual(ensureToken(other), token);
  assert.deepEqual([modeOf(one), modeOf(tokenFile(one))], [0o700, 0o600]);
});

test("a file that others could read is closed to them; one that holds no token is written anew", () => {
  const folder = join(root, "found");
  const token = ensureToken(folder);
  chmodSync(tokenFile(folder), 0o644);
  assert.equal(ensureToken(folder), token);
  assert.equal(modeOf(tokenFile(folder)), 0o600);
  for (const text of ["", "short", `${token}\n<script>`]) {
    writeFileSync(tokenFile(folder), text);
    assert.notEqual(ensureToken(folder), token);
    assert.match(readToken(folder) ?? "", /^[A-Za-z0-9_-]{43}$/);
  }
});
