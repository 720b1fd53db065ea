import type { TraceLine } from "@envoy-mesh-lab/check";
import { shown } from "./shown.ts";

/** Services beyond so many are not named in a line. */
const namedServices = 20;

/** A line whose texts came from elsewhere, as they are shown. */
export function shownLine(line: TraceLine): TraceLine {
  return {
    ...line,
    rpc: shown(line.rpc),
    status: shown(line.status),
    services: line.services.slice(0, namedServices).map(shown),
  };
}
