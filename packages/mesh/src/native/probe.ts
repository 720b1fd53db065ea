import { spawn } from "node:child_process";
import { request } from "node:http";
import type { Probe } from "./health-plan.ts";

/** Where and how a probe runs. */
export interface ProbeContext {
  /** Milliseconds; a probe that takes longer has failed. */
  readonly timeout: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a probe found; `detail` says why it failed. */
export interface ProbeResult {
  readonly ok: boolean;
  readonly detail: string;
}

const longestDetail = 2_000;

function get(url: string, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    // No agent: a kept connection would hold up a part that drains.
    const probe = request(url, { agent: false, signal: AbortSignal.timeout(timeout) }, (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      resolve({ ok: status >= 200 && status < 300, detail: `${url} answers with status ${status}` });
    });
    probe.once("error", (error) => {
      const why = error.name === "TimeoutError" ? `no answer within ${timeout} ms` : error.message;
      resolve({ ok: false, detail: `${url}: ${why}` });
    });
    probe.end();
  });
}

function run(
  [program, ...args]: readonly [string, ...string[]],
  context: ProbeContext,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const { cwd, env } = context;
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-longestDetail);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      if (child.pid !== undefined) {
        process.kill(-child.pid, "SIGKILL");
      }
    }, context.timeout);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve({ ok: false, detail: error.message });
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      const end = isLate ? `took longer than ${context.timeout} ms` : `ended with ${code ?? signal}`;
      resolve({ ok: code === 0, detail: `${program} ${end}${output ? `: ${output.trim()}` : ""}` });
    });
  });
}

/** Asks a part once whether it is well. Never rejects: whatever goes wrong is a failed probe. */
export function runProbe(probe: Probe, context: ProbeContext): Promise<ProbeResult> {
  return probe.kind === "http" ? get(probe.url, context.timeout) : run(probe.argv, context);
}
