export { readExpected } from "./read-expected.ts";
export { readYamlFile, type Source } from "./yaml-file.ts";
