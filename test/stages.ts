import { endExerciseMeshes } from "./exercises/own-mesh.ts";
import { endFaultMesh } from "./faults/fault-mesh.ts";

/** One stage: its files, and how they are run. */
export interface Stage {
  readonly files: readonly string[];
  /** Those that it leaves out. Default: none. */
  readonly except?: readonly string[];
  /** Those that leave their process as it is, and so can share one. It is started first. Default: none. */
  readonly together?: readonly string[];
  /** Those that take the longest, which are started next, so that none of them is waited for alone. Default: none. */
  readonly longest?: readonly string[];
  /** How many files are run at a time. Default: 1. */
  readonly atATime?: number;
  readonly withMesh?: boolean;
  /** Ends what a file may have left that was told to end before its time. */
  readonly cleanUp?: () => Promise<void>;
  /** Whether the word after the stage's name is a part of a test's name, not of a file's. */
  readonly isFilteredByTest?: boolean;
  /** The tests with these words in their name alone. Default: all. */
  readonly only?: string;
  /** A module that each of its processes loads first. */
  readonly preload?: string;
  /**
   * In which of two queues it waits when all are run: one of each queue runs beside one of the other, after those that run
   * alone. Default: it runs alone, as what it holds is of loads and outages, or it needs all cores.
   */
  readonly queue?: 1 | 2;
  /** Whether it is run only when it is named, and not by `npm test` alone. */
  readonly isByName?: boolean;
  /** When the stage takes longer, its files are told to end with SIGTERM, and fail. In milliseconds; default: no limit. */
  readonly timeoutMs?: number;
}

/** As many as the smallest machine has cores. */
const cores = 2;

/** Tests that start processes, fill heaps, pack packages or drive a browser; of these, the ones that take the longest first. */
const longProcesses = [
  "packages/mesh/src/native/mesh-faults.test.ts",
  "test/services/{process,heap}.test.ts",
  "packages/{otelconnect,connections}/src/heap.test.ts",
  "packages/otelconnect/src/concurrent-streams.test.ts",
  "lab/src/**/{check,compare,hostile-text}.test.ts",
  "packages/mesh/src/native/{mesh,part}.test.ts",
  "chassis/src/otlp-client.test.ts",
];
const processes = [
  ...longProcesses,
  "packages/*/packaging/*.test.ts",
  "packages/mesh/src/{native,programs}/*.test.ts",
  "packages/meshtrace/src/{program,commands/listen,mcp/mcp}.test.ts",
  "packages/otelconnect/src/zero-code.test.ts",
  "lab/src/{completion,crash,output,speed,split-files.property}.test.ts",
  "test/browser/*.test.ts",
  "test/services/unit-test.test.ts",
  "test/packages.test.ts",
  "test/upstream/*.test.ts",
];

/** Tests of the mesh under loads and outages that promise something only where a machine has time for them. */
const loads = ["test/e2e/{ledger,limits,load,outages,restart,span-bounds}.test.ts"];

/** One more than cores, as several wait for most of their time. */
const whereSomeWait = cores + 1;

const unit: Stage = {
  files: [
    "{bootstrap,packages,chassis,gateway,backend,lab}/**/*.test.ts",
    "test/{conformance,corpus,faults,house,matrix,services}/*.test.ts",
    "test/*.test.ts",
  ],
  except: processes,
  // What decides, and reads at most files: a process for each would take longer than its tests.
  together: [
    "packages/{trace,check,compare,exercise,load}/src/**/*.test.ts",
    "packages/mesh/src/{compose,docker,ledger,runtime}/*.test.ts",
    "test/faults/*.test.ts",
  ],
  // As long as a third of all that share a process, and so beside them.
  longest: ["packages/compare/src/decompose.property.test.ts"],
  atATime: whereSomeWait,
};

/** The stages, in order: what needs no mesh comes first, because it fails fastest. */
export const stages: Readonly<Record<string, Stage>> = {
  unit,
  // What starts processes of its own: meshes, services, `lab`, npm, a browser; and the heaps that are filled call by call.
  processes: { files: processes, longest: longProcesses, atATime: whereSomeWait },
  // The package's tests once more, with the oldest release of Connect that it supports; the lab has the newest.
  "connect-oldest": {
    files: ["packages/otelconnect/src/*.test.ts"],
    longest: ["packages/otelconnect/src/heap.test.ts"],
    preload: "./test/connect-oldest/register.ts",
    atATime: cores,
  },
  // The manifests of kubernetes/, without a cluster. The first run builds what reads them.
  "kubernetes-static": { files: ["test/kubernetes/*.test.ts"], timeoutMs: 20 * 60_000 },
  // What other people's programs export, to `meshtrace listen`. The first run builds them, in two minutes.
  exporters: { files: ["test/exporters/*.e2e.ts"], timeoutMs: 15 * 60_000 },
  // The packed package in fresh projects, with all of the oldest and all of the newest that it takes. Needs the registry of npm.
  matrix: { files: ["test/matrix/*.e2e.ts"], timeoutMs: 15 * 60_000 },
  // Connect's own suite over connect-es with our interceptors and without. The first run builds it.
  conformance: { files: ["test/conformance/*.e2e.ts"], queue: 2, timeoutMs: 30 * 60_000 },
  // The same with the oldest release of Connect, for four minutes more.
  "conformance-oldest": {
    files: ["test/conformance/*.e2e.ts"],
    preload: "./test/connect-oldest/register.ts",
    isByName: true,
    timeoutMs: 30 * 60_000,
  },
  // The mesh from outside: its commands, its traces, and what strangers may send.
  e2e: { files: ["test/e2e/*.test.ts"], except: loads, withMesh: true, queue: 2 },
  loads: { files: loads, withMesh: true },
  // The page in Chromium, on a mesh like that of e2e.
  page: { files: ["test/page/*.page.ts"], withMesh: true, queue: 2, timeoutMs: 15 * 60_000 },
  // Each Envoy alone, with its limits brought within reach.
  envoys: { files: ["test/envoys/*.e2e.ts"], queue: 2, timeoutMs: 10 * 60_000 },
  // What is done to the parts and to the network between them, in a mesh that it starts itself.
  faults: {
    files: ["test/faults/*.e2e.ts"],
    isFilteredByTest: true,
    timeoutMs: 60 * 60_000,
    cleanUp: endFaultMesh,
  },
  // The Collector and Tempo alone, under loads of spans, on a full disk and at their limits.
  spans: { files: ["test/spans/*.e2e.ts"], queue: 1, timeoutMs: 15 * 60_000 },
  // Every exercise, proved from its start to its solution, in three meshes side by side, as what takes long is waiting.
  exercises: {
    files: ["test/exercises/*.test.ts"],
    longest: ["test/exercises/verify-*.test.ts"],
    atATime: 3,
    queue: 1,
    cleanUp: endExerciseMeshes,
  },
  // The same mesh in containers. The first run may build Docker Compose and images.
  docker: { files: ["test/docker/*.e2e.ts"], queue: 2, timeoutMs: 30 * 60_000 },
  // The interceptors for long: 200,000 calls, and streams that are open for an hour of simulated time.
  endurance: { files: ["packages/otelconnect/src/*.e2e.ts"], isByName: true, timeoutMs: 30 * 60_000 },
  // Each example of otelconnect, in a project that is made in an empty folder, for three minutes. Needs the registry of npm.
  examples: { files: ["test/examples/*.e2e.ts"], isByName: true, timeoutMs: 30 * 60_000 },
  // The same mesh on a node of Kubernetes, which the first run builds, for a quarter of an hour.
  kubernetes: { files: ["test/kubernetes/*.e2e.ts"], isByName: true, timeoutMs: 60 * 60_000 },
  // The same services in Istio, without containers. The first run builds Istio.
  istio: { files: ["test/istio/*.e2e.ts"], isByName: true, timeoutMs: 60 * 60_000 },
};

/** What finds most mistakes in a few minutes, for people at work: `npm test -- quick`. */
export const quick: Readonly<Record<string, Stage>> = {
  "quick checks": { files: ["test/quick-checks.e2e.ts"] },
  "quick unit": unit,
  // A call of each kind over each protocol, the contexts of callers, and the commands that show a trace.
  "quick e2e": {
    files: ["test/e2e/{attributes,chain,cross-site,edge,readme,streams}.test.ts"],
    withMesh: true,
  },
  "quick exercise": {
    files: ["test/exercises/verify-2.test.ts"],
    only: "02-does-not-inject",
    cleanUp: endExerciseMeshes,
  },
};
