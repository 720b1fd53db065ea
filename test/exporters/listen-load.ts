import { readFile } from "node:fs/promises";
import type { SpanCounts } from "../spans/span-load.ts";
import { sendSpans } from "../spans/span-load.ts";
import type { Told } from "./listen.ts";
import { startListening } from "./listen.ts";

/** What `meshtrace listen` made of a load. */
export interface ListenLoad {
  readonly sent: SpanCounts;
  readonly told: Told & { readonly code: number; readonly said: string };
  /** The most memory that it had while spans came, and in all, in MB (proc(5), VmHWM). */
  readonly peakListening: number;
  readonly peak: number;
}

/** Sends spans to a `meshtrace listen` at a constant rate, then ends it and has it judge them. Linux only. */
export async function loadListen(rate: number, seconds: number): Promise<ListenLoad> {
  const { child, endpoint, told } = await startListening();
  // What it had before it is gone is what it had in all.
  let peak = 0;
  const look = async () => {
    peak = Math.max(peak, await peakMemory(child.pid as number));
  };
  const timer = setInterval(look, 100);
  try {
    const sent = await sendSpans({ url: endpoint, rate, seconds });
    const peakListening = await peakMemory(child.pid as number);
    child.kill("SIGTERM");
    return { sent, told: await told(), peakListening, peak };
  } finally {
    clearInterval(timer);
    child.kill("SIGKILL");
  }
}

/** In MB; 0 when the process is gone. */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH") return "";
    throw error;
  });
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1000;
}
