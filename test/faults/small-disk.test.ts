import assert from "node:assert/strict";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { SmallDisk, unmountDisk, whyNoDisk } from "./small-disk.ts";

suite("a small disk", { skip: whyNoDisk() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-disk-"));
  const write = (name: string) => writeFileSync(join(folder, name), Buffer.alloc(100_000));
  let disk: SmallDisk;
  before(() => {
    disk = SmallDisk.mount(folder, 10_000_000);
  });
  after(() => {
    unmountDisk(folder);
    rmdirSync(folder);
  });

  test("has room, none once it is filled, also not where something was removed, and then room again", () => {
    write("first");
    disk.fill();
    assert.throws(() => write("second"), { code: "ENOSPC" });
    rmSync(join(folder, "second"));
    rmSync(join(folder, "first"));
    disk.fill();
    assert.throws(() => write("third"), { code: "ENOSPC" });
    disk.clear();
    write("fourth");
  });
});
