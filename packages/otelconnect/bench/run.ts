/**
 * The benchmark: `npm run bench -w packages/otelconnect`, with `-- --json` or `-- --markdown` for the figures alone, and with
 * `-- --profile FOLDER` for what the time of a call goes to.
 *
 * What is compared is measured in turns, some hundredths of a second each, so that whatever else the machine does falls on
 * all alike; it is user time, as what the kernel does for a socket is not ours. Each round has new processes, so that it does
 * not matter what one of them happens to be compiled to. Everything is bounded: about four minutes, on loopback.
 */
import { readdir, readFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Rounds } from "./figures.ts";
import { medianOf, ratiosOf } from "./figures.ts";
import type { Ends, Session } from "./measure.ts";
import { openSession } from "./measure.ts";
import type { CpuProfile } from "./profile.ts";
import { profileTable, timeByPlace } from "./profile.ts";
import type { SpanSample } from "./protocol.ts";
import { toJson, toMarkdown } from "./render.ts";
import type { VariantName } from "./variants.ts";
import { groups, variantNames, variants } from "./variants.ts";

const fewestRounds = 5;
/** Turns of each variant in a round; a profile takes fewer, longer ones. */
const turns = 40;
const profiledTurns = 20;

/** What is profiled: bare calls, the least that a tracer adds to them, what we add, and what stands beside us. */
const profiled = [
  "h2",
  "h2Floor",
  "h2Traces",
  "h1",
  "h1Traces",
  "h1Http",
] as const satisfies readonly VariantName[];
const profiledCalls = 20_000;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    /** An empty folder: write CPU profiles there instead of measuring, and print where the time goes. */
    profile: { type: "string" },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < fewestRounds) {
  console.error(`bench: --rounds takes a whole number, at least ${fewestRounds}, not ${values.rounds}`);
  process.exit(2);
}
const quiet = values.json || values.markdown;

if (values.profile === undefined) {
  await bench();
} else {
  await profile(values.profile);
}

async function bench(): Promise<void> {
  const samples = await spanSamples();
  const measured = Object.fromEntries(variantNames.map((name) => [name, [] as Ends[][]])) as Record<
    VariantName,
    Ends[][]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const group of groups) {
      for (const [name, slices] of await inTurns(group, samples)) {
        measured[name].push(slices);
        const both = medianOf(slices.map(({ client, server }) => client + server))
          .toFixed(1)
          .padStart(7);
        say(`round ${round + 1} of ${rounds}  ${both} µs  ${variants[name].title}`);
      }
    }
  }
  report(measured, await allocations(samples));
}

/** One round of a group. */
async function inTurns(
  group: readonly VariantName[],
  samples: readonly SpanSample[],
): Promise<Map<VariantName, Ends[]>> {
  const sessions = new Map<VariantName, Session>();
  const slices = new Map<VariantName, Ends[]>(group.map((name) => [name, []]));
  try {
    for (const name of group) {
      const session = await openSession(name, { samples });
      sessions.set(name, session);
      await session.cpu(amounts(name).warmUp);
    }
    for (let turn = 0; turn < turns; turn++) {
      // Every second turn goes backwards: what comes after what changes, and a trend cancels out.
      for (const name of turn % 2 === 0 ? group : group.toReversed()) {
        const slice = await sessions.get(name)?.cpu(amounts(name).slice);
        if (slice !== undefined) slices.get(name)?.push(slice);
      }
    }
  } finally {
    await Promise.all([...sessions.values()].map((session) => session.close()));
  }
  return slices;
}

async function allocations(samples: readonly SpanSample[]): Promise<Partial<Record<VariantName, Ends>>> {
  const allocation: Partial<Record<VariantName, Ends>> = {};
  for (const name of variantNames) {
    const { warmUp, slice } = amounts(name);
    const session = await openSession(name, { samples, roomy: true });
    try {
      await session.cpu(warmUp);
      allocation[name] = await session.allocation(slice * 8);
    } finally {
      await session.close();
    }
  }
  return allocation;
}

function report(measured: Rounds, allocation: Partial<Record<VariantName, Ends>>): void {
  const run = {
    date: new Date().toISOString().slice(0, "2026-01-31".length),
    node: process.versions.node,
    cpus: { count: cpus().length, model: cpus()[0]?.model ?? "unknown" },
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    rounds: measured,
    allocation,
    ratios: ratiosOf(measured),
  };
  console.log(values.json ? toJson(run) : toMarkdown(run));
}

/** What otelconnect's spans look like, for the floor to make the same. */
async function spanSamples(): Promise<readonly SpanSample[]> {
  const session = await openSession("h2Traces");
  try {
    await session.cpu(100);
    return session.samples;
  } finally {
    await session.close();
  }
}

/** Units until the code is compiled, and units of one turn, which takes some hundredths of a second. */
function amounts(name: VariantName): { readonly warmUp: number; readonly slice: number } {
  switch (variants[name].wire) {
    case "loop":
      return { warmUp: 20_000, slice: 2_500 };
    case "connect-h2-stream":
      return { warmUp: 10_000, slice: 1_000 };
    default:
      return { warmUp: 2_000, slice: 75 };
  }
}

/** Writes CPU profiles of the client and the server of some variants, in turns too, and prints where their time goes. */
async function profile(folder: string): Promise<void> {
  const samples = await spanSamples();
  const sessions = new Map<VariantName, Session>();
  try {
    for (const name of profiled) {
      sessions.set(name, await openSession(name, { samples, profiles: join(folder, name) }));
    }
    for (let turn = 0; turn < profiledTurns; turn++) {
      for (const session of sessions.values()) await session.cpu(profiledCalls / profiledTurns);
    }
  } finally {
    // The profiles are written when the processes end.
    await Promise.all([...sessions.values()].map((session) => session.close()));
  }
  const columns = new Map<string, ReadonlyMap<string, number>>();
  for (const name of profiled) {
    const times = timeByPlace(await readProfiles(join(folder, name)));
    columns.set(name, new Map([...times].map(([place, time]) => [place, time / profiledCalls])));
  }
  console.log(profileTable(columns));
}

async function readProfiles(folder: string): Promise<CpuProfile[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".cpuprofile"));
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8"))));
}

function say(line: string): void {
  if (!quiet) console.log(line);
}
