import { hashOf } from "../shell/route.ts";
import { addFiles } from "./sets.ts";

/** Reads files, and goes to where their traces are listed. */
export function openFiles(files: readonly File[]): void {
  if (files.length === 0) return;
  location.hash = hashOf("traces", [], new URLSearchParams({ set: `${addFiles(files)}` }));
}
