import { parseWhole } from "@envoy-mesh-lab/trace";
import { InvalidArgumentError } from "commander";

/** Makes the parser of an option that is a whole number from `min` to `max`. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = parseWhole(text, min, max);
    if (value === undefined) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
