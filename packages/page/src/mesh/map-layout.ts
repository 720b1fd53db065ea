import { Graph, layout } from "@dagrejs/dagre";

/** Who is on the map: a part, and for a sidecar the one that it stands beside. */
export interface MapNode {
  readonly name: string;
  readonly workload: string;
}

/** A way between two of them, and how large what is written on it is. */
export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly label: Size;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its place, by its upper left corner. */
export type Box = Point & Size;

/** A map that is laid out; lengths are those of the screen at its natural size. */
export interface MapLayout extends Size {
  readonly nodes: ReadonlyMap<string, Box>;
  /** Around each workload and its sidecar, by the workload's name. */
  readonly groups: ReadonlyMap<string, Box>;
  /** In the order in which they were given: the line, and where its label is. */
  readonly edges: readonly { readonly points: readonly Point[]; readonly label: Box }[];
}

/** How large a part is drawn. */
export const nodeSize: Size = { width: 166, height: 54 };

/** In dagre, the name of what is around a workload. A part may have any name, so that only what comes before tells them apart. */
const groupOf = (workload: string) => `around ${workload}`;
const partOf = (name: string) => `part ${name}`;

/**
 * Lays a map out by who calls whom (dagre: layers, as Sugiyama and others have it): a sidecar beside its workload, and nothing
 * placed by hand. The same map is laid out the same.
 *
 * @param isNarrow whether it goes down instead of to the right.
 */
export function layOut(nodes: readonly MapNode[], edges: readonly MapEdge[], isNarrow: boolean): MapLayout {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({
    rankdir: isNarrow ? "TB" : "LR",
    nodesep: 24,
    ranksep: 30,
    edgesep: 12,
    marginx: 12,
    marginy: 12,
  });
  const names = new Set(nodes.map(({ name }) => name));
  const groups = new Set(nodes.map(({ workload }) => workload).filter((it) => names.has(it)));
  for (const it of groups) graph.setNode(groupOf(it), {});
  for (const { name, workload } of nodes) {
    graph.setNode(partOf(name), { ...nodeSize });
    const group = groups.has(workload) ? workload : groups.has(name) ? name : undefined;
    if (group !== undefined) graph.setParent(partOf(name), groupOf(group));
  }
  edges.forEach(({ from, to, label }, i) => {
    graph.setEdge(partOf(from), partOf(to), { ...label, labelpos: "c" }, `${i}`);
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    nodes: new Map(nodes.map(({ name }) => [name, boxOf(graph.node(partOf(name)))])),
    groups: new Map([...groups].map((it) => [it, boxOf(graph.node(groupOf(it)))])),
    edges: edges.map(({ from, to }, i) => {
      const edge = graph.edge(partOf(from), partOf(to), `${i}`);
      return { points: edge.points, label: boxOf(edge) };
    }),
  };
}

/** dagre tells centres. */
function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}
