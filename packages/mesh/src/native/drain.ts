import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/**
 * How long nothing may be under way before an Envoy counts as empty, in milliseconds. Spans of what has ended wait for the next
 * flush of its tracer, and `tracing.opentelemetry.flush_interval_ms` in envoy/ is 100.
 */
const settledMs = 250;
const pollMs = 50;

/** The listeners through which a lab or the Envoy itself asks: their requests are nobody's. By their `stat_prefix`. */
const own = new Set(["admin", "admin_read", "spans"]);

/**
 * Empties an Envoy before it gets the signal to stop: it takes no more connections, asks its peers to leave those they have (GOAWAY),
 * and ends what it has taken; then its spans have time to leave. On SIGTERM Envoy 1.40 ends at once, and what waits for
 * the next flush of its tracer is lost.
 *
 * @param admin its admin page: an address, or a socket's path in the file system
 * @param withinMs when to give up, in milliseconds: streams may go on, and the Collector may be away
 * @returns whether it is empty; false also when its admin page does not answer
 */
export async function drainEnvoy(admin: string, withinMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(withinMs);
  const ask = (method: string, path: string) => askAdmin(admin, method, path, signal);
  try {
    // The one makes it leave its connections, the other only closes its listeners.
    await ask("POST", "/healthcheck/fail");
    await ask("POST", "/drain_listeners");
    let settledAt = performance.now() + settledMs;
    while (performance.now() < settledAt) {
      if (!isEmpty(await ask("GET", "/stats?filter=rq_active$"))) settledAt = performance.now() + settledMs;
      await delay(pollMs, undefined, { signal });
    }
    return true;
  } catch {
    // It is then stopped as it is: a proxy that cannot be emptied must not be one that cannot be stopped.
    return false;
  }
}

/** Whether nothing is under way, by statistics in Envoy's plain text ("name: value"): no request, no export of spans. */
export function isEmpty(stats: string): boolean {
  return stats.split("\n").every((line) => {
    const [, prefix = ""] = /^http\.(.*)\.downstream_rq_active: [1-9]/.exec(line) ?? [];
    return (prefix === "" || own.has(prefix)) && !/^cluster\.spans\.upstream_rq_active: [1-9]/.test(line);
  });
}

function askAdmin(admin: string, method: string, path: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = URL.canParse(admin) ? new URL(admin) : {};
    const place = hostname === undefined ? { socketPath: admin } : { hostname, port };
    request({ ...place, method, path, agent: false, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(text)).once("error", reject);
    })
      .once("error", reject)
      .end();
  });
}
