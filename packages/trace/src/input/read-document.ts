import type { Trace } from "../model.ts";
import { printableLines } from "../printable.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { tellProblems } from "./problems.ts";
import { Reading } from "./reading.ts";

/**
 * Reads a JSON document that is at hand, an answer of Tempo for example.
 *
 * @param name what to call it in errors.
 * @param program who says what could not be read of it.
 */
export function readDocument(document: unknown, name: string, program: string): Trace[] {
  const reading = new Reading({ notice: (text) => console.error(printableLines(`${program}: ${text}`)) });
  reading.place = name;
  new JsonDocumentReader(reading).read(document);
  tellProblems(reading, [name]);
  return [...reading.groups.takeAll()];
}
