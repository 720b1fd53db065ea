import { resolve } from "node:path";
import type { Command } from "commander";
import type { Expected } from "../check/expected.ts";
import { addMeshOptions, type MeshFlags } from "../commands/mesh-options.ts";
import { endpoints, tempoOption } from "../endpoints.ts";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { loadTrace } from "../load-trace.ts";
import type { Trace } from "../trace/model.ts";
import { type ProxyRule, parseProxyRule } from "../trace/proxy-rule.ts";
import { readInputs } from "./read-inputs.ts";
import type { Keep } from "./reading.ts";

/** Where traces come from, as the command line says it. */
export interface InputFlags extends MeshFlags {
  /** Files, folders, or "-" for standard input. */
  readonly from?: readonly string[];
  /** The user's own rules for which spans are a proxy's; hand them to `attribute`. */
  readonly proxy?: readonly ProxyRule[];
  readonly tempo?: string;
}

/** What a command wishes of the traces that it is given. */
export type InputWish = {
  /** Ends the waiting for a trace in Tempo as soon as the trace is as expected. */
  expected?: Expected;
  /** The attribute keys to keep; all when undefined. Resources are kept whole. */
  keep?: Keep;
};

/** Adds the argument and the options that say where traces come from: `[id...]`, Tempo's, files, and `--proxy`. */
export function addInputOptions(command: Command): Command {
  command
    .argument("[id...]", 'trace ids (32 hex digits), or "last": the last call (default: last)')
    .option(
      "--from <path...>",
      "read traces from files, folders or standard input (-) instead of Tempo; with ids, only those traces",
    )
    .option(
      "--proxy <rule>",
      "a span is a proxy's if KEY=VALUE, KEY!=VALUE or KEY=~REGEX; KEY is an attribute, or name; may be repeated",
      (text: string, list: readonly ProxyRule[] = []) => [...list, parseProxyRule(text)],
    )
    .addOption(tempoOption());
  return addMeshOptions(command);
}

/**
 * Reads the traces that the command line asks for, one after the other.
 *
 * @param ids the trace ids of the command line; none means the last one in Tempo, or all that the files hold.
 * @throws {LabError} in words for the user, when there is no such trace or its source cannot be read.
 */
export async function* readTraces(
  ids: readonly string[],
  flags: InputFlags,
  wish: InputWish = {},
): AsyncGenerator<Trace> {
  if (flags.from !== undefined) {
    yield* readFromFiles(ids, flags.from, wish);
    return;
  }
  const { mesh, tempo } = await endpoints(flags);
  for (const id of ids.length === 0 ? ["last"] : ids) {
    yield await loadTrace(id, mesh, tempo, wish.expected);
  }
}

async function* readFromFiles(
  ids: readonly string[],
  from: readonly string[],
  { keep }: InputWish,
): AsyncGenerator<Trace> {
  const wanted = new Set(ids.map((it) => it.toLowerCase()));
  const base = process.env.INIT_CWD ?? process.cwd();
  const paths = from.map((it) => (it === "-" ? it : resolve(base, it)));
  for await (const trace of readInputs(paths, { keep, notice: (text) => console.error(`lab: ${text}`) })) {
    if (ids.length === 0 || wanted.delete(trace.traceId)) {
      yield trace;
    }
  }
  if (wanted.size > 0) {
    throw new LabError(`no span of trace ${[...wanted].join(", ")} is in ${from.join(", ")}`, {
      exitCode: ExitCode.traceMissing,
      hint: "without an id, every trace of the files is read",
    });
  }
}
