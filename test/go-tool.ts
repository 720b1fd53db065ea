import { ensureGoTool, progressPrinter } from "@envoy-mesh-lab/mesh";

/**
 * Makes sure of a Go program that tests need, and shows how far its build is, which takes minutes the first time.
 *
 * @returns its path.
 */
export async function goTool(tool: Parameters<typeof ensureGoTool>[0]): Promise<string> {
  const printer = progressPrinter(process.stderr);
  const start = performance.now();
  const { path } = await ensureGoTool(tool, (text) =>
    printer.onProgress({ program: undefined, kind: "tick", text, elapsedMs: performance.now() - start }),
  ).finally(printer.end);
  return path;
}
