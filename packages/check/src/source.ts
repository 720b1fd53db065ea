/** Where in a file something is said. */
export interface Source {
  file: string;
  /** The line of what is at this path, or of the nearest above it, from 1; undefined when not even its first part is there. */
  lineOf: (path: readonly PropertyKey[]) => number | undefined;
}
