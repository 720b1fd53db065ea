import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** How long a screen may take to become what is waited for, in milliseconds: a mesh is brought up meanwhile. */
const patience = 120_000;

/** Gives a command a terminal of its own, as Python's `pty` makes them, and says what the terminal's settings are before and after. */
const inTerminal = `import pty, sys; sys.exit(pty.spawn(["sh", "-c", sys.argv[1]]) >> 8)`;

/** A command that runs in a terminal of 100 columns and 40 lines. */
export class Terminal {
  readonly #child;
  #text = "";
  readonly ended: Promise<void>;

  /** @param command what \`sh\` runs. */
  constructor(command: string, env: NodeJS.ProcessEnv) {
    const size = "stty cols 100 rows 40 -echo; stty -g";
    this.#child = spawn("python3", ["-c", inTerminal, `${size}; ${command}; echo ended $?; stty -g`], {
      cwd: repoRoot,
      env: { ...env, TERM: "xterm", LINES: "", COLUMNS: "" },
    });
    this.#child.stdout.on("data", (it: Buffer) => {
      this.#text += it.toString();
    });
    this.ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
  }

  /** All that was written. */
  get text(): string {
    return this.#text;
  }

  /** What is to be seen: every screen is drawn whole, from its first corner. */
  get screen(): string {
    const last = this.#text.split("\u001B[H").at(-1) ?? "";
    const [drawn = ""] = last.split("\u001B[J");
    return stripVTControlCharacters(drawn)
      .split(/\r?\n/)
      .map((it) => it.trimEnd())
      .join("\n");
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Ends it, whatever it does. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Waits until the screen is as it should be. */
  async until(words: RegExp): Promise<string> {
    for (const deadline = Date.now() + patience; ; await delay(50)) {
      const { screen } = this;
      if (words.test(screen)) return screen;
      if (Date.now() > deadline) throw new Error(`no ${words} in:\n${screen}`);
    }
  }
}
