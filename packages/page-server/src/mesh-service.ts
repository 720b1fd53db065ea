import type { ServiceImpl } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { readConfiguration, readTopology } from "@envoy-mesh-lab/mesh";
import type { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { PartAction } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { inConnect } from "./connect-errors.ts";
import { LogLineReader } from "./mesh/log-lines.ts";
import { makeCalls, readCalls } from "./mesh/make-calls.ts";
import { MeshWatch } from "./mesh/mesh-watch.ts";
import type { ServedMesh } from "./mesh/served-mesh.ts";

const actions = {
  [PartAction.STOP]: "stop",
  [PartAction.KILL]: "kill",
  [PartAction.START]: "start",
  [PartAction.RESTART]: "restart",
} as const;

/** Lines of a log that one may begin with. */
const mostLines = 2_000;

/** The place Mesh, over the packages that the command line uses. */
export function createMeshService(mesh: ServedMesh): ServiceImpl<typeof MeshService> {
  const watch = new MeshWatch(mesh);
  /** @throws {ConnectError} where nothing can be asked that runs the mesh. */
  const runtimeOf = async () => {
    const { runtime } = await watch.look();
    if (runtime === undefined) throw new ConnectError(mesh.noControl ?? "", Code.FailedPrecondition);
    return runtime;
  };
  return {
    async *watchMesh(_, { signal }) {
      for await (const it of watch.watch(signal)) yield { mesh: it };
    },

    async *watchLog({ part, lines }, { signal }) {
      try {
        const runtime = await runtimeOf();
        await assertPart(watch, part);
        const reader = new LogLineReader();
        const options = { lines: Math.min(lines, mostLines), signal };
        for await (const it of runtime.followLog(part, options)) {
          const { lines: read, skipped } = reader.read(it);
          yield { lines: read, skipped: BigInt(skipped) };
        }
      } catch (error) {
        throw inConnect(error);
      }
    },

    async getConfiguration({ part }) {
      try {
        const { view } = await watch.look();
        const source = { files: mesh.files ?? view.files };
        const described = readTopology(source).parts.find(({ name }) => name === part);
        if (described === undefined) {
          throw new ConnectError(`the compose files have no part "${part}"`, Code.NotFound);
        }
        return { files: readConfiguration(described, view.project, source) };
      } catch (error) {
        throw inConnect(error);
      }
    },

    async controlPart({ part, action }) {
      const known = actions[action as keyof typeof actions];
      if (known === undefined) throw new ConnectError("say what to do to the part", Code.InvalidArgument);
      try {
        const runtime = await runtimeOf();
        await assertPart(watch, part);
        await runtime.act(known, part);
        return {};
      } catch (error) {
        throw inConnect(error);
      }
    },

    async *makeCalls(request, { signal }) {
      try {
        for await (const it of makeCalls(readCalls(request), await mesh.edge(), signal)) {
          for (const { traceId } of it.calls ?? []) if (traceId) mesh.coming.announce(traceId);
          yield it;
        }
      } catch (error) {
        throw inConnect(error);
      }
    },
  };
}

/** @throws {ConnectError} for a part that does not run in the mesh and has not. */
async function assertPart(watch: MeshWatch, part: string): Promise<void> {
  const { view } = await watch.look();
  if (view.parts.some(({ name }) => name === part)) return;
  const known = view.parts.map(({ name }) => name).join(", ");
  throw new ConnectError(
    `there is no part "${part}"; the parts are: ${known || "none, as the mesh does not run"}`,
    Code.NotFound,
  );
}
