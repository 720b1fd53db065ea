import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";

/** What can be wrong with a part, in the words of `diagnose`: more than the faults that there are. */
export const causes = {
  "slow-code": "its own code takes long",
  "one-at-a-time": "work waits for other work, as too little is done at a time",
  "fails-on-input": "its code fails for some requests and not for others",
  crashes: "it ends by itself, again and again",
  "timeout-too-short": "it gives up before the answer can come",
  retries: "it sends a request more than once",
  "delays-requests": "a proxy is told to hold requests back",
  "circuit-breaker": "a proxy lets too few requests through at a time",
  "rate-limit": "a proxy lets too few requests through per second",
  "wrong-route": "it does not know where to send some requests, or sends them astray",
  "body-limit": "it takes no large messages",
  sampling: "it decides that too few traces are recorded or kept",
  "spans-off": "it makes no span, or one too few, for what passes it",
  "context-not-sent": "it does not hand the trace context on",
  "context-not-read": "it does not take the trace context over",
  "wrong-parent": "it hands on the context of another span than it should",
  "drops-spans": "it throws spans away that it has got",
  "holds-spans": "it keeps spans for long before it sends them on",
  "wrong-name": "it writes another name on spans than they should have",
  "leaks-data": "it writes on spans what must not be stored",
  "queue-full": "what waits in it has no room left",
  "disk-full": "it cannot write",
  "out-of-memory": "it has too little memory",
  "wrong-certificate": "it does not trust the other side, or is not trusted",
  "link-slow": "what is sent over a link arrives late",
  "link-breaks": "connections over a link break",
  "clock-wrong": "its machine's clock is wrong",
} as const;
export type Cause = keyof typeof causes;

/** Other words that people use for them. */
const otherWords: Readonly<Record<string, Cause>> = {
  slow: "slow-code",
  latency: "slow-code",
  serial: "one-at-a-time",
  lock: "one-at-a-time",
  saturation: "one-at-a-time",
  bug: "fails-on-input",
  exception: "fails-on-input",
  crash: "crashes",
  restarts: "crashes",
  timeout: "timeout-too-short",
  deadline: "timeout-too-short",
  retry: "retries",
  duplicates: "retries",
  delay: "delays-requests",
  "fault-injection": "delays-requests",
  "max-requests": "circuit-breaker",
  overflow: "circuit-breaker",
  "rate-limited": "rate-limit",
  ratelimit: "rate-limit",
  route: "wrong-route",
  routing: "wrong-route",
  sampler: "sampling",
  "no-spans": "spans-off",
  "half-traced": "spans-off",
  untraced: "spans-off",
  "no-inject": "context-not-sent",
  inject: "context-not-sent",
  "no-extract": "context-not-read",
  extract: "context-not-read",
  filter: "drops-spans",
  batch: "holds-spans",
  late: "holds-spans",
  rename: "wrong-name",
  leak: "leaks-data",
  privacy: "leaks-data",
  "slow-network": "link-slow",
  network: "link-slow",
  resets: "link-breaks",
  clock: "clock-wrong",
  "clock-skew": "clock-wrong",
  skew: "clock-wrong",
};

/**
 * The cause that somebody means, by its name or by another usual word.
 *
 * @throws {LabError} (exit code `usage`) when it is none; it suggests what may be meant, whatever is wrong.
 */
export function findCause(wanted: string): Cause {
  const word = wanted
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
  if (Object.hasOwn(causes, word)) return word as Cause;
  const other = Object.hasOwn(otherWords, word) ? otherWords[word] : undefined;
  if (other !== undefined) return other;
  const names = Object.keys(causes);
  const near = names.filter((it) => word.length > 3 && it.includes(word));
  const hint = suggest(word, names);
  throw new LabError(`there is no cause "${wanted}"`, {
    exitCode: ExitCode.usage,
    hint: `${hint || (near.length > 0 ? `did you mean ${near.join(" or ")}? ` : "")}\`lab incident diagnose --list\` has all of them; this was not counted as a guess`,
  });
}
