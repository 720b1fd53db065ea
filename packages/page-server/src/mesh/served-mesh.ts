import type { MeshView, Runtime, RuntimeName } from "@envoy-mesh-lab/mesh";
import type { ComingTraces } from "../coming-traces.ts";

/** The mesh that the page shows, and how it is reached. */
export interface ServedMesh {
  /** Which mesh, as `lab` is told it. */
  readonly project?: string | undefined;
  readonly files?: readonly string[];
  readonly runtime?: RuntimeName | undefined;
  /** Base URLs, asked for anew each time: a mesh that was started again may have others. */
  readonly edge: () => Promise<string>;
  readonly tempo: () => Promise<string>;
  /** Traces of calls that are made from here. */
  readonly coming: ComingTraces;
  /**
   * Why its parts cannot be controlled, nor their logs be read, where nothing can be asked that runs them: in a container. Then
   * they are asked one by one whether they answer. Default: they can.
   */
  readonly noControl?: string;
}

/** What runs the mesh, and how it is. */
export interface RunningMesh {
  readonly runtime: Runtime | undefined;
  readonly view: MeshView;
}
