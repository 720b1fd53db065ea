import { expectedHopsFile, expectedHopsIstioFile } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { isIstio } from "@envoy-mesh-lab/mesh";
import type { Host } from "@envoy-mesh-lab/meshtrace";
import { arrivedTrace } from "./arrived-trace.ts";
import { addMeshOptions } from "./commands/mesh-options.ts";
import { endpoints, tempoOption } from "./endpoints.ts";
import { traceLinks } from "./find-viewer.ts";
import { hopsOfNamespace } from "./hops-of-namespace.ts";
import { userFolder } from "./user-folder.ts";

/** What `lab` adds to the commands of meshtrace: a mesh, with its Tempo, its hops and its Grafana. */
export const labHost: Host = {
  name: "lab",
  home: "the mesh",
  hasOwnTraces: true,
  folder: userFolder,
  addStoreOptions: (command) => addMeshOptions(command.addOption(tempoOption())),
  tempo: async (flags) => (await endpoints(flags)).tempo,
  trace: async (id, flags, expected) => {
    const { mesh, tempo } = await endpoints(flags);
    return arrivedTrace(id, mesh, tempo, expected);
  },
  expected: async (flags) => {
    const { mesh } = await endpoints(flags);
    if (!isIstio(mesh)) return readExpected(expectedHopsFile);
    const expected = readExpected(expectedHopsIstioFile);
    // Without containers there is no namespace, and the mesh is always told the same one.
    return mesh.runtime?.name === "kubernetes" ? hopsOfNamespace(expected, mesh.project) : expected;
  },
  links: traceLinks,
};
