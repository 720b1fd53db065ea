export { readExpected } from "./read-expected.ts";
export type { Source } from "./source.ts";
export { readYamlFile } from "./yaml-file.ts";
