import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Expected } from "@envoy-mesh-lab/check";
import type { Keep, ProxyRule, Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, formats, LabError, parseProxyRule, printableLines } from "@envoy-mesh-lab/trace";
import { followFile, readInputs, searchTraces } from "@envoy-mesh-lab/trace/node";
import type { Command } from "commander";
import { Option } from "commander";
import type { Host } from "./host.ts";
import type { InputFlags } from "./input-flags.ts";
import { integer } from "./integer.ts";
import { parseSpan, parseTime } from "./window.ts";

/** What a command wishes of the traces that it is given. */
export interface InputWish {
  /** Ends the waiting for a trace in Tempo as soon as the trace is as expected. */
  expected?: Expected | undefined;
  /** The attribute keys to keep; all when undefined. Resources are kept whole. */
  keep?: Keep;
  /** Called when a part of the files could not be read of which no trace tells. */
  lost?: (() => void) | undefined;
}

/** How many traces a search gives when nothing else is said. */
const defaultLimit = 20;

/** Adds the argument and the options that say where traces come from: `[id...]`, Tempo's, files, and `--proxy`. */
export function addInputOptions(command: Command, host: Host): Command {
  const usual = host.hasOwnTraces ? " (default: last)" : "";
  command
    .argument(
      "[id...]",
      `trace ids (32 hex digits), "last" for the newest of ${host.home}, or files as --from takes them${usual}`,
    )
    .hook("preAction", (it) => takePaths(it, host));
  return addSourceOptions(command, host);
}

/** The same without the argument, for commands that take no trace ids. */
export function addSourceOptions(command: Command, host: Host): Command {
  command
    .option(
      "--from <path...>",
      "read traces from files, folders or standard input (-) instead of Tempo; with ids, only those traces",
    )
    .addOption(
      new Option("--format <format>", "what the files are (default: told by what they hold)").choices(
        Object.keys(formats),
      ),
    )
    .option(
      "--follow [duration]",
      "go on reading the one file of --from as it grows, until Ctrl-C or for so long (30s, 5m)",
      parseSpan,
    )
    .option("--query <traceql>", 'search Tempo: { resource.service.name = "gateway" && duration > 50ms }')
    .option(
      "--since <duration>",
      "search Tempo from so long ago on: 90s, 15m, 2h, 1d (default: 1h)",
      parseSpan,
    )
    .option(
      "--start <time>",
      "search Tempo from this time on: 2026-11-24T12:00:00Z, or seconds since 1970",
      parseTime,
    )
    .option("--end <time>", "search Tempo up to this time (default: now)", parseTime)
    .option(
      "--limit <n>",
      `how many traces a search gives at most (default: ${defaultLimit})`,
      integer(1, 999_999_999),
    )
    .option(
      "--proxy <rule>",
      "a span is a proxy's if KEY=VALUE, KEY!=VALUE or KEY=~REGEX; KEY is an attribute, or name; may be repeated",
      (text: string, list: readonly ProxyRule[] = []) => [...list, parseProxyRule(text)],
    );
  return host.addStoreOptions(command);
}

/**
 * Reads the traces that the command line asks for, one after the other.
 *
 * @param ids the trace ids of the command line; none means the newest of the host's, or all that the files hold.
 * @throws {LabError} in words for the user, when there is no such trace, its source cannot be read, or the options
 * contradict each other.
 */
export async function* readTraces(
  host: Host,
  ids: readonly string[],
  flags: InputFlags,
  wish: InputWish = {},
): AsyncGenerator<Trace> {
  // `--from FILE ID`: the option takes all that follows it.
  const isId = (it: string) => isTraceId(it, host);
  if (flags.from?.some(isId)) {
    const from = flags.from.filter((it) => !isId(it));
    yield* readTraces(host, [...ids, ...flags.from.filter(isId)], { ...flags, from }, wish);
    return;
  }
  const { query, service, since, start, end } = flags;
  const isSearch = [query, service, since, start, end, flags.limit].some((it) => it !== undefined);
  if (flags.from !== undefined) {
    refuse(isSearch, "--query, --since, --start, --end and --limit search Tempo, and --from reads files");
    const read = flags.follow === undefined ? fromFiles : followed;
    yield* only(ids, flags.from, read(host, flags, wish));
    return;
  }
  refuse(flags.follow !== undefined, "--follow needs a file: --from FILE");
  refuse(flags.format !== undefined, "--format says what the files of --from are");
  refuse(isSearch && ids.length > 0, "a trace is asked for by its id or searched for, not both");
  if (isSearch) {
    const endMs = end ?? Date.now();
    const startMs = start ?? endMs - (since ?? 3_600_000);
    refuse(startMs >= endMs, "--start is not before --end");
    const { limit = defaultLimit } = flags;
    const others = host.searchOther?.(flags, { startMs, endMs, limit });
    if (others !== undefined) {
      yield* await others;
      return;
    }
    yield* searchTraces(
      await host.tempo(flags),
      { query: query ?? "{}", startMs, endMs, limit },
      noticeOf(host),
    );
    return;
  }
  if (ids.length === 0 && !host.hasOwnTraces) {
    throw new LabError("no traces are named", {
      exitCode: ExitCode.usage,
      hint: "give files, folders or - for standard input; or --tempo URL with trace ids, `last` or --query; or --jaeger or --zipkin URL with trace ids or --service",
    });
  }
  for (const id of ids.length === 0 ? ["last"] : ids) {
    yield await host.trace(id, flags, wish.expected);
  }
}

/** Whether an argument that may be a path is a trace id: a file is hardly named so, and wins if there is one. */
export function isTraceId(text: string, host: Host): boolean {
  return /^[0-9a-f]{32}$/i.test(text) && !existsSync(pathOf(text, host));
}

/** Takes `lab check trace.json`, which is what anybody tries first, as `lab check --from trace.json`. */
function takePaths(command: Command, host: Host): void {
  const [given] = command.processedArgs as [string[]];
  const paths = given.filter((it) => it === "-" || (!isTraceId(it, host) && existsSync(pathOf(it, host))));
  if (paths.length > 0) {
    const { from = [] } = command.opts<InputFlags>();
    command.setOptionValue("from", [...from, ...paths]);
    command.processedArgs[0] = given.filter((it) => !paths.includes(it));
  }
}

function refuse(wrong: boolean, why: string): void {
  if (wrong) {
    throw new LabError(`these options do not go together: ${why}`, {
      exitCode: ExitCode.usage,
      hint: "--help says what each of them does",
    });
  }
}

function noticeOf({ name }: Host): (text: string) => void {
  return (text) => console.error(printableLines(`${name}: ${text}`));
}

function fromFiles(
  host: Host,
  { from = [], format }: InputFlags,
  { keep, lost }: InputWish,
): AsyncIterable<Trace> {
  const paths = from.map((it) => pathOf(it, host));
  return readInputs(paths, { keep, format, notice: noticeOf(host), lost });
}

async function* followed(
  host: Host,
  { from = [], follow, format }: InputFlags,
  { keep, lost }: InputWish,
): AsyncGenerator<Trace> {
  const [path, ...others] = from.map((it) => pathOf(it, host));
  refuse(path === undefined || path === "-" || others.length > 0, "--follow needs one file in --from");
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const signals =
    typeof follow === "number" ? [interrupt.signal, AbortSignal.timeout(follow)] : [interrupt.signal];
  try {
    const options = { keep, format, notice: noticeOf(host), lost };
    yield* followFile(path as string, { ...options, signal: AbortSignal.any(signals) });
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** Of the traces, those with these ids; all when there are none. */
async function* only(
  ids: readonly string[],
  from: readonly string[],
  traces: AsyncIterable<Trace>,
): AsyncGenerator<Trace> {
  const missing = new Set(ids.map((it) => it.toLowerCase()));
  const wanted = new Set(missing);
  for await (const trace of traces) {
    missing.delete(trace.traceId);
    if (ids.length === 0 || wanted.has(trace.traceId)) {
      yield trace;
    }
  }
  if (missing.size > 0) {
    throw new LabError(`no span of trace ${[...missing].join(", ")} is in ${from.join(", ")}`, {
      exitCode: ExitCode.traceMissing,
      hint: "without an id, every trace of the files is read",
    });
  }
}

/** @throws {LabError} (exit code `usage`) for an empty name, which a shell makes of a variable that is not set: it would be the folder itself. */
function pathOf(path: string, host: Host): string {
  if (path === "") {
    throw new LabError('a file with an empty name ("") is to be read', {
      exitCode: ExitCode.usage,
      hint: "is a variable of the shell not set? The folder where this runs is named by a dot",
    });
  }
  return path === "-" ? path : resolve(host.folder(), path);
}
