import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const main = join(repoRoot, "packages/meshtrace/main.ts");

/** What a verdict in JSON says, as far as tests look. */
export interface Told {
  readonly traces: number;
  readonly spans: number;
  readonly clean: number;
}

/**
 * Runs a command below `meshtrace listen`.
 *
 * @throws when either fails, with what both printed.
 */
export async function listenTo(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
  ...options: string[]
): Promise<Told> {
  const args = [main, "listen", "--json", ...options, "--", ...command];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  return JSON.parse(stdout) as Told;
}

/** A `meshtrace listen` that goes on by itself. */
export interface Listening {
  readonly child: ChildProcess;
  readonly endpoint: string;
  /** Waits for its end: the verdict, and what it said beside it. Ends it before unless its options do. */
  readonly told: () => Promise<Told & { readonly code: number; readonly said: string }>;
}

/** Starts one at any free port, and waits for its address. */
export async function startListening(...options: string[]): Promise<Listening> {
  const args = [main, "listen", "--json", "--port", "0", ...options];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  let [out, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (it: string) => {
    out += it;
  });
  const heard = new Promise<string>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (it: string) => {
      said += it;
      const [endpoint] = /http:\S+/.exec(said) ?? [];
      if (endpoint !== undefined) resolve(endpoint);
    });
    ended.then(() => reject(new Error(`it ended before it listened: ${said}`)), reject);
  });
  return {
    child,
    endpoint: await heard,
    told: async () => {
      const [code] = (await ended) as [number];
      return { ...(JSON.parse(out || "{}") as Told), code, said };
    },
  };
}
