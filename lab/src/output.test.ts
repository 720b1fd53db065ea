import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { suite, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { renderTrace, textWidth } from "@envoy-mesh-lab/trace";
import { recordedTrace } from "@envoy-mesh-lab/trace/testing";

const saved = (name: string) => ["--from", `packages/trace/recorded/broken-meshes/${name}.json`];

/** What a command prints into a pipe. */
function piped(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { COLUMNS: _, ...rest } = process.env;
  const run = { cwd: repoRoot, encoding: "utf8", env: { ...rest, ...env } } as const;
  return spawnSync(process.execPath, ["lab/main.ts", ...args], run).stdout;
}

/** Python, which the lab needs anyway, makes a terminal of a width and tells all that is written to it. */
const inTerminal = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data: break
    os.write(1, data)
os.waitpid(pid, 0)
`;

function onTerminal(width: number, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { COLUMNS: _, NO_COLOR: __, ...rest } = process.env;
  const { stdout, stderr } = spawnSync(
    "python3",
    ["-c", inTerminal, `${width}`, process.execPath, "lab/main.ts", ...args],
    { cwd: repoRoot, encoding: "utf8", env: { ...rest, ...env } },
  );
  assert.equal(stderr, "");
  return stdout.replaceAll("\r\n", "\n");
}

const drawn = (width: number) => renderTrace(recordedTrace("whole"), false, { width });

suite("how wide is drawn", () => {
  test("in a pipe, 120 columns without colours; with COLUMNS, as wide as it says", () => {
    assert.equal(piped(["trace", ...saved("whole")]), `${drawn(120)}\n`);
    assert.equal(piped(["trace", ...saved("whole")], { COLUMNS: "80" }), `${drawn(80)}\n`);
    assert.equal(piped(["trace", ...saved("whole")], { COLUMNS: "wide" }), `${drawn(120)}\n`, "no width");
    assert.equal(piped(["trace", ...saved("whole")], { COLUMNS: "1" }), `${drawn(40)}\n`, "the narrowest");
  });

  test("in a terminal, its width, in colours; COLUMNS wins", () => {
    for (const [width, env] of [
      [80, {}],
      [120, {}],
      [200, { COLUMNS: "60" }],
    ] as const) {
      const shown = onTerminal(width, ["trace", ...saved("whole")], env);
      assert.equal(stripVTControlCharacters(shown), `${drawn("COLUMNS" in env ? 60 : width)}\n`);
      assert.notEqual(shown, stripVTControlCharacters(shown));
    }
  });

  test("sentences are broken between words in a terminal, and stay whole in a pipe", () => {
    const check = ["check", ...saved("not-injected")];
    const shown = stripVTControlCharacters(onTerminal(80, check));
    for (const line of shown.split("\n")) assert.ok(textWidth(line) <= 80, line);
    // The sentences stand before the traces that are drawn.
    const sentences = (text: string) =>
      text.slice(text.indexOf("✘")).split(/^trace [0-9a-f]{32}: /m)[0] ?? "";
    const letters = (text: string) => sentences(text).replaceAll(/\s+/g, " ");
    const whole = piped(check);
    assert.equal(letters(shown), letters(whole));
    assert.ok(whole.split("\n").some((line) => textWidth(line) > 120 && /^ +seen: /.test(line)));
  });

  for (const width of [60, 80, 120, 200]) {
    test(`lab exercise in ${width} columns`, () => {
      for (const line of piped(["exercise"], { COLUMNS: `${width}` }).split("\n")) {
        assert.ok(textWidth(line) <= width, line);
      }
    });
  }
});
