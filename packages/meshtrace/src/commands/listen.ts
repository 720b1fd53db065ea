import { keysToKeep, plural } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { ProxyRule } from "@envoy-mesh-lab/trace";
import { ExitCode, inWords, LabError, OtlpIntake, parseProxyRule, printable } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import type { Host } from "../host.ts";
import { assertHttpUrl } from "../http-url.ts";
import { integer } from "../integer.ts";
import { Forwarder } from "../listen/forwarder.ts";
import { Receiver } from "../listen/receiver.ts";
import type { Arrivals, Ends } from "../listen/until.ts";
import { untilEnd } from "../listen/until.ts";
import { runWrapped } from "../listen/wrapped-command.ts";
import { parseSpan } from "../window.ts";
import type { VerdictFlags } from "./check.ts";
import { addVerdictOptions, judge } from "./check.ts";

/** The usual ports of OTLP: for gRPC and for HTTP. */
const usualPorts = [4317, 4318] as const;

/** How much is kept when nothing else is said: in spans, and in bytes of requests. */
const keptSpans = 1_000_000;
const keptBytes = 1 << 30;

/** After a command's end what it started may still export; so long nothing has to come, in milliseconds. */
const lingerMs = 300;

/** Signals that end it; a second one waits for nothing. */
const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `listen`: receives OTLP for the time of a test run, and judges what came. */
export function listenCommand(host: Host): Command {
  const command = new Command("listen")
    .summary("receive OTLP while tests run, then judge what came")
    .description(
      "Receives OTLP on 127.0.0.1 (gRPC, HTTP with protobuf or JSON, all on the same port) until a command ends, or until one of the other ends; then judges the traces as check does.",
    )
    .argument(
      "[command...]",
      "behind --, the command that exports the spans; it finds the endpoint in its environment",
    )
    .option(
      "--port <n>",
      "the port (default: 4317 and 4318; with a command any that is free)",
      integer(0, 65_535),
    )
    .option(
      "--idle <duration>",
      "stop when nothing has come for so long (10s, 1m); with a command, since the first span",
      parseSpan,
    )
    .option("--timeout <duration>", "stop after so long, whatever comes", parseSpan)
    .option("--traces <n>", "stop when spans of so many traces are there", integer(1, 999_999_999))
    .option("--spans <n>", "stop when so many spans are there", integer(1, 999_999_999))
    .option("--max-spans <n>", "keep no more spans than this", integer(1, 99_999_999), keptSpans)
    .option("--forward <url>", "pass everything on to this endpoint of OTLP/HTTP")
    .option(
      "--proxy <rule>",
      "a span is a proxy's if KEY=VALUE, KEY!=VALUE or KEY=~REGEX; may be repeated",
      (text: string, list: readonly ProxyRule[] = []) => [...list, parseProxyRule(text)],
    );
  return addVerdictOptions(command, "what is expected of every trace")
    .addHelpText(
      "after",
      `
Examples:
  ${host.name} listen --expect hops.yaml -- npm test
  ${host.name} listen --idle 10s --junit check.xml &
  ${host.name} listen --traces 20 --timeout 1m --forward http://127.0.0.1:14318

The command's environment has OTEL_EXPORTER_OTLP_ENDPOINT; every SDK's default protocol is understood there. Ctrl-C and SIGTERM
end it, too, and what came is judged.

Exit codes: the command's when it fails, else those of check: 0 nothing found, 1 findings, 2 could not look (nothing came, or
not all of it could be kept or read), 6 the port is taken.`,
    )
    .action((words: string[], options: Flags) => run(host, words, options));
}

interface Flags extends VerdictFlags, Ends {
  readonly port?: number;
  readonly maxSpans: number;
  readonly forward?: string;
}

async function run(host: Host, words: readonly string[], options: Flags): Promise<void> {
  const expected = options.expect === undefined ? undefined : readExpected(options.expect);
  const intake = new OtlpIntake(
    { spans: options.maxSpans, bytes: keptBytes },
    keysToKeep(expected, options.proxy),
  );
  // A command may take its time before its first span, so that nothing has come late before that.
  let lastMs = words.length > 0 ? Number.POSITIVE_INFINITY : performance.now();
  const forwarder =
    options.forward === undefined ? undefined : new Forwarder(assertHttpUrl("--forward", options.forward));
  const received = () => {
    lastMs = performance.now();
  };
  const receiver = new Receiver(intake, received, forwarder);
  const arrivals = (): Arrivals => ({
    spanCount: intake.spanCount,
    traceCount: intake.traceCount,
    lastMs,
  });
  const stopped = new AbortController();
  const hurried = new AbortController();
  const stop = () => (stopped.signal.aborted ? hurried : stopped).abort();
  for (const it of endingSignals) process.on(it, stop);
  let commandsCode = 0;
  try {
    const ports = await listenAt(receiver, options.port, words.length > 0);
    if (options.forward !== undefined) assertNotItself(options.forward, ports);
    const endpoint = `http://127.0.0.1:${ports[0]}`;
    if (words.length === 0) {
      console.error(
        `${host.name}: listening at ${ports.map((it) => `http://127.0.0.1:${it}`).join(" and ")}`,
      );
      await untilEnd(arrivals, options, stopped.signal);
    } else {
      const isForMachines = options.json === true || options.junit === "-" || options.github === true;
      commandsCode = await runUntilEnd(words, endpoint, isForMachines ? 2 : 1, options, arrivals, {
        stopped: stopped.signal,
        hurried: hurried.signal,
      });
      lastMs = Math.min(lastMs, performance.now());
      await untilEnd(arrivals, { idle: lingerMs, timeout: 10 * lingerMs }, stopped.signal);
    }
  } finally {
    receiver.close();
    await forwarder?.end(hurried.signal);
    for (const it of endingSignals) process.off(it, stop);
  }
  const isWhole = tellLosses(host, intake, receiver, forwarder);
  if (intake.spanCount === 0) {
    const error = nothingCame(receiver, words.length > 0);
    if (commandsCode === 0) throw error;
    console.error(inWords(error, host.name));
    process.exitCode = commandsCode;
    return;
  }
  const code = await judge(host, intake.takeAll(), "what was received", expected, options, () => isWhole);
  process.exitCode = commandsCode !== 0 ? commandsCode : code;
}

/** Runs the command; when another end comes first, the command is told to end. */
async function runUntilEnd(
  words: readonly string[],
  endpoint: string,
  outputTo: 1 | 2,
  ends: Ends,
  arrivals: () => Arrivals,
  { stopped, hurried }: Readonly<Record<"stopped" | "hurried", AbortSignal>>,
): Promise<number> {
  const over = new AbortController();
  const hasEnds = [ends.idle, ends.timeout, ends.spans, ends.traces].some((it) => it !== undefined);
  const other = hasEnds
    ? untilEnd(arrivals, ends, AbortSignal.any([over.signal, stopped])).then(() => over.abort())
    : undefined;
  let isOver = false;
  over.signal.addEventListener("abort", () => {
    isOver = true;
  });
  try {
    const end = AbortSignal.any([over.signal, stopped]);
    const code = await runWrapped(words, endpoint, outputTo, { end, kill: hurried });
    // A command that was ended because there was enough has not failed.
    return isOver && !stopped.aborted ? 0 : code;
  } finally {
    over.abort();
    await other;
  }
}

/** @throws {LabError} (exit code `usage`) where all that is passed on would come back. */
function assertNotItself(forward: string, ports: readonly number[]): void {
  const { hostname, port } = new URL(forward);
  const isHere = /^(localhost|127(\.\d+){3}|0\.0\.0\.0)$/.test(hostname);
  if (isHere && ports.includes(Number(port))) {
    throw new LabError(`--forward ${forward} is this receiver itself`, {
      exitCode: ExitCode.usage,
      hint: "name the endpoint of another; --port says where this one listens",
    });
  }
}

/** The ports that are listened at. */
async function listenAt(
  receiver: Receiver,
  port: number | undefined,
  hasCommand: boolean,
): Promise<number[]> {
  const wanted = port !== undefined ? [port] : hasCommand ? [0] : usualPorts;
  const ports: number[] = [];
  for (const it of wanted) ports.push(await receiver.listen(it));
  return ports;
}

/** Tells all that is missing of what was sent. @returns whether nothing is. */
function tellLosses(
  { name }: Host,
  intake: OtlpIntake,
  receiver: Receiver,
  forwarder: Forwarder | undefined,
): boolean {
  const { dropped, unreadable, broken } = intake.missing;
  const { others, refused, firstRefusal } = receiver.counts;
  const { requests: unforwarded, first = "" } = forwarder?.losses ?? { requests: 0 };
  const losses: [number, string, string][] = [
    [dropped, "span", "dropped, as no more are kept: --max-spans says how many are"],
    [unreadable, "part", "of requests that could not be read, and rejected"],
    [broken, "request", "broken"],
    [refused - broken, "request", "refused"],
  ];
  const told = [
    ...losses,
    [others, "request", "of metrics or logs, which are not looked at"],
    [unforwarded, "request", `not passed on: ${first}`],
  ] as const;
  for (const [count, noun, what] of told) {
    if (count > 0) console.error(printable(`${name}: ${plural(count, noun)} ${what}`));
  }
  if (refused > 0) console.error(printable(`${name}: the first that was refused: ${firstRefusal}`));
  return losses.every(([count]) => count <= 0);
}

function nothingCame(receiver: Receiver, hasCommand: boolean): LabError {
  const { refused, firstRefusal } = receiver.counts;
  const where = hasCommand
    ? "does the command's SDK export with OTLP (OTEL_TRACES_EXPORTER), to OTEL_EXPORTER_OTLP_ENDPOINT?"
    : "is OTEL_EXPORTER_OTLP_ENDPOINT of what should export this address?";
  return new LabError(refused > 0 ? `no span could be taken: ${firstRefusal}` : "no span came", {
    exitCode: ExitCode.usage,
    hint: `${where} Does it flush its spans before it ends, and sample them?`,
  });
}
