/** The class of the page while something is held over it that it would take. */
const heldOver = "held-over";

/** Takes files that are dropped anywhere on the page. What reads them is loaded when there is one: the first view need not. */
export function takeDroppedFiles(): void {
  const page = document.documentElement;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    // Without this, the browser would leave the page and show the file.
    event.preventDefault();
    page.classList.add(heldOver);
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) page.classList.remove(heldOver);
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    page.classList.remove(heldOver);
    const files = [...(event.dataTransfer?.files ?? [])];
    const { openFiles } = await import("./open-files.ts");
    openFiles(files);
  });
}
