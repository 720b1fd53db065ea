import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "./eventually.ts";

/** One line of a service's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A service in a process of its own. */
export interface ServiceProcess {
  /** The lines that it has logged so far. */
  readonly lines: readonly LogLine[];
  /** Everything that it has written to standard error so far. */
  readonly stderr: () => string;
  /** Resolves with its exit code. */
  readonly exited: Promise<number | null>;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Waits until it serves. Resolves with its base URL. */
  serving(): Promise<string>;
  /** Waits for the first line with the given message. */
  line(message: string): Promise<LogLine>;
}

/**
 * Starts a service on a free port of 127.0.0.1, without a Collector unless the environment says otherwise.
 *
 * @param main Its main file.
 */
export function startService(main: URL, environment: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, [main.pathname], {
    env: {
      PATH: process.env.PATH ?? "",
      // What it runs is the same in every test, and compiled once.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? "",
      LISTEN_ADDRESS: "127.0.0.1:0",
      OTEL_TRACES_EXPORTER: "none",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: LogLine[] = [];
  let rest = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((part): LogLine => JSON.parse(part)));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // "close" rather than "exit": by then everything that was written has been read.
  const exited = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  const line = (message: string) =>
    eventually(`the line "${message}"; so far: ${JSON.stringify(lines)} ${stderr}`, () =>
      lines.find((each) => each.msg === message),
    );
  return {
    lines,
    stderr: () => stderr,
    exited,
    signal: (signal) => child.kill(signal),
    serving: async () => `http://${(await line("serving")).address}`,
    line,
  };
}
