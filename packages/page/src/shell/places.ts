import type { FunctionComponent } from "preact";
import type { PlaceName, Route } from "./route.ts";

/** What draws a place. */
export type Place = FunctionComponent<{ readonly route: Route }>;

/** A place, as the navigation offers it. Its code is loaded when one goes there, so that the first view is small. */
interface PlaceEntry {
  readonly title: string;
  readonly load: () => Promise<Place>;
}

export const places: Readonly<Record<PlaceName, PlaceEntry>> = {
  mesh: { title: "Mesh", load: async () => (await import("../mesh/mesh-place.tsx")).MeshPlace },
  traces: { title: "Traces", load: async () => (await import("../traces/traces-place.tsx")).TracesPlace },
  compare: {
    title: "Compare",
    load: async () => (await import("../compare/compare-place.tsx")).ComparePlace,
  },
  exercises: {
    title: "Exercises",
    load: async () => (await import("../exercises/exercises-place.tsx")).ExercisesPlace,
  },
};
