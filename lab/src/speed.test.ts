import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { modes, stopwatch } from "../bench/modes.ts";
import { generateStrangers } from "../bench/strangers.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-speed-"));
after(() => rmSync(folder, { recursive: true }));

// Ratios of processor time in one process, taken in turn, of which the bounds are twice: other work on the machine meets
// both sides alike, and what is lost by a mistake is more than that. docs/reading-traces.md has the figures.
const bounds = { read: 2, check: 5, compare: 5 };

suite("speed, beside JSON.parse on the same bytes", () => {
  const file = join(folder, "strangers.jsonl");
  generateStrangers(file, 1200, ({ bytes }) => bytes > 8e6);
  for (const [mode, most] of Object.entries(bounds)) {
    test(`${mode} takes at most ${most} times as long`, async () => {
      const ratios: number[] = [];
      for (let round = 0; round < 9; round++) {
        const floor = (await modes["JSON.parse"]?.(file))?.parse?.cpuMs as number;
        const taken = stopwatch();
        await modes[mode]?.(file);
        ratios.push(taken().cpuMs / floor);
      }
      // The first rounds pay for compiling the code.
      const least = Math.min(...ratios);
      assert.ok(
        least < most,
        `${least.toFixed(2)} times JSON.parse at best, of ${ratios.map((it) => it.toFixed(2))}`,
      );
    });
  }
});
