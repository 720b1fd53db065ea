import { create, toBinary } from "@bufbuild/protobuf";
import { checkTraces } from "@envoy-mesh-lab/check";
import type { MeshView, Runtime } from "@envoy-mesh-lab/mesh";
import { findRuntime, readTopology } from "@envoy-mesh-lab/mesh";
import type { Mesh } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { MeshSchema } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { Broadcast } from "../broadcast.ts";
import { pause } from "../pause.ts";
import type { EdgeFinding } from "./edge-findings.ts";
import { edgeFindings } from "./edge-findings.ts";
import type { Flows } from "./flows.ts";
import { flowsOf, partFinder } from "./flows.ts";
import { probeParts } from "./probe-parts.ts";
import type { RunningMesh, ServedMesh } from "./served-mesh.ts";
import { toMesh } from "./to-mesh.ts";
import { TraceFeed } from "./trace-feed.ts";

/** How often the parts are looked at, in milliseconds: what a supervisor says costs little, what Docker or a cluster says processes. */
const lookMs = { native: 250, docker: 700, kubernetes: 2000 } as const;

/** How often the compose files are read again, in milliseconds. */
const topologyMs = 5_000;

/** Figures are made anew at most so often, in milliseconds; and the mesh is reported again after so long even if nothing changed. */
const figuresMs = 500;
const stillThereMs = 5_000;

/** Watches one mesh for all who watch: while somebody does, and no longer. */
export class MeshWatch {
  readonly #mesh: ServedMesh;
  readonly #told = new Broadcast<Mesh>();
  #running: AbortController | undefined;

  constructor(mesh: ServedMesh) {
    this.#mesh = mesh;
  }

  /** How the mesh is, and again when that changes. */
  async *watch(signal: AbortSignal): AsyncGenerator<Mesh> {
    this.#start();
    try {
      yield* this.#told.watch(signal);
    } finally {
      if (this.#told.watchers === 0) this.#stop();
    }
  }

  /** What runs the mesh, and how it is now. */
  async look(): Promise<RunningMesh> {
    return lookAt(this.#mesh);
  }

  #start(): void {
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const feed = new TraceFeed(this.#mesh.tempo);
    this.#mesh.coming.listen((it) => feed.expect(it), signal);
    void feed.run(signal);
    void this.#run(feed, signal);
  }

  #stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(feed: TraceFeed, signal: AbortSignal): Promise<void> {
    const figures = new Figures(feed);
    let topology = readTopology(this.#mesh);
    let topologyAt = Date.now();
    let last: { bytes: Uint8Array; at: number } | undefined;
    while (!signal.aborted) {
      const now = Date.now();
      const problems: string[] = [];
      let view: MeshView = { project: "", supervisor: "none", parts: [] };
      let runtime: Runtime | undefined;
      try {
        ({ runtime, view } = await lookAt(this.#mesh));
        if (now - topologyAt > topologyMs) {
          topology = readTopology({ files: this.#mesh.files ?? view.files });
          topologyAt = now;
        }
        await figures.update(topology);
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
      const isDown = this.#mesh.noControl === undefined && view.supervisor === "none";
      if (isDown) problems.push(`The mesh ${view.project} does not run. \`lab up\` starts it.`);
      else if (feed.problem !== "") problems.push(`Figures stand still: ${feed.problem}.`);
      const init = toMesh({
        topology,
        runtime: runtime?.name,
        view,
        noControl: this.#mesh.noControl ?? "",
        ...figures.latest,
        found: feed.found,
        read: feed.window.size,
        more: feed.hasMore,
        problems,
      });
      const mesh = create(MeshSchema, init);
      const bytes = toBinary(MeshSchema, mesh);
      if (last === undefined || now - last.at > stillThereMs || Buffer.compare(bytes, last.bytes) !== 0) {
        last = { bytes, at: now };
        this.#told.publish(mesh);
      }
      await pause(lookMs[runtime?.name ?? "docker"], signal);
    }
  }
}

/** The figures of a window, made anew when it has changed and not too often. */
class Figures {
  latest: { flows: Flows; findings: readonly EdgeFinding[] } = {
    flows: { edges: [], strangers: [] },
    findings: [],
  };
  readonly #feed: TraceFeed;
  #changes = 0;
  #madeAt = 0;

  constructor(feed: TraceFeed) {
    this.#feed = feed;
  }

  async update(topology: Parameters<typeof flowsOf>[1]): Promise<void> {
    const { changes, window } = this.#feed;
    if (changes === this.#changes || Date.now() - this.#madeAt < figuresMs) return;
    this.#changes = changes;
    const report = await checkTraces(window.whole(), { show: 0 });
    this.latest = {
      flows: flowsOf(window.calls(), topology),
      findings: edgeFindings(report, partFinder(topology).service),
    };
    this.#madeAt = Date.now();
  }
}

/** What runs the mesh, and how it is. */
async function lookAt(mesh: ServedMesh): Promise<RunningMesh> {
  const runtime = await findRuntime(mesh);
  if (mesh.noControl === undefined) return { runtime, view: await runtime.status() };
  const parts = await probeParts(readTopology(mesh));
  return { runtime: undefined, view: { project: runtime.project, supervisor: "none", parts } };
}
