import InlineWorker from "../analysis/worker.ts?worker&inline";

/** In place of `analysis/start-worker.ts`: a page on file:// can load no worker but one that is in itself. */
export function startWorker(): Worker {
  return new InlineWorker();
}
