import { ConnectError } from "@connectrpc/connect";
import type { ShowSolutionResponse } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { MarkdownView } from "./markdown-view.tsx";

const client = pageClient(ExercisesService);

/** The diff to the solution, when it is asked for. */
export function SolutionView({ exercise }: { readonly exercise: string }) {
  const [solution, setSolution] = useState<ShowSolutionResponse>();
  const [failure, setFailure] = useState("");
  const show = async () => {
    setFailure("");
    try {
      setSolution(await client.showSolution({ name: exercise }));
    } catch (error) {
      setFailure(ConnectError.from(error).rawMessage);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void show()}>
        {solution === undefined ? "Show the solution" : "Compare with the solution again"}
      </button>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
      {solution && (
        <>
          {solution.diff === "" ? (
            <p class="good">✔ Your files are the solution's, to the letter.</p>
          ) : (
            <Diff text={solution.diff} />
          )}
          <MarkdownView text={solution.explanation} top={4} />
        </>
      )}
    </>
  );
}

function Diff({ text }: { readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
    <pre class="diff" tabIndex={0}>
      {text.split("\n").map((line, i) => (
        <div key={i} class={/^\+(?!\+\+)/.test(line) ? "added" : /^-(?!--)/.test(line) ? "removed" : ""}>
          {line === "" ? " " : line}
        </div>
      ))}
    </pre>
  );
}
