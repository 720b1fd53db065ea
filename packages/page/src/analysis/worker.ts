import { LabError, printableLines } from "@envoy-mesh-lab/trace";
import { Analysis } from "./analysis.ts";
import type { Answer, Failed, Question } from "./messages.ts";

const analysis = new Analysis();

addEventListener("message", async ({ data }: MessageEvent<Question>) => {
  const { id, method, args } = data;
  const say = (answer: Answer) => postMessage(answer);
  // One function more than the method has parameters does no harm.
  const ask = analysis[method] as (...args: unknown[]) => Promise<unknown>;
  try {
    say({ id, value: await ask.call(analysis, ...args, (progress: unknown) => say({ id, progress })) });
  } catch (error) {
    say({ id, failure: inWords(error) });
  }
});

function inWords(error: unknown): Failed {
  if (error instanceof LabError) {
    return { message: printableLines(error.message), hint: printableLines(error.hint) };
  }
  return {
    message: printableLines(error instanceof Error ? error.message : String(error)),
    hint: "this is a mistake of the page: please report it with the file, if you may",
  };
}
