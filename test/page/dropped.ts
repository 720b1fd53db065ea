import type { Page } from "playwright-core";

/** A file as a test has it. */
export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Drops files on the middle of a page, as a hand with a mouse does. */
export async function drop(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const texts = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") }));
  // As text: the types of the tests know no browser.
  await page.evaluate(`{
    const data = new DataTransfer();
    for (const { name, base64 } of ${JSON.stringify(texts)}) {
      data.items.add(new File([Uint8Array.from(atob(base64), (it) => it.charCodeAt(0))], name));
    }
    for (const type of ["dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
    }
  }`);
}

/** What goes wrong in a page, as it comes: errors of its code, and what its policy refused. */
export function problemsOf(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on("console", (it) => it.type() === "error" && problems.push(it.text()));
  page.on("pageerror", (it) => problems.push(it.message));
  // A script that got through would say so with one.
  page.on("dialog", (it) => {
    problems.push(`dialog: ${it.message()}`);
    void it.dismiss();
  });
  return problems;
}
