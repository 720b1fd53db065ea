import { ConnectError } from "@connectrpc/connect";
import type { ExerciseSummary, WatchExercisesResponse } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { useStream } from "../shell/follow.ts";
import { Empty, Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";

const client = pageClient(ExercisesService);

/** All exercises, with how far the learner is. */
export function ExerciseList() {
  const [list, setList] = useState<WatchExercisesResponse>();
  const [failure, setFailure] = useState("");
  useStream("exercises", {
    open: (options) => client.watchExercises({}, options),
    onMessage: setList,
    onState: (it) => setFailure(it?.rawMessage ?? ""),
  });
  const exercises = list?.exercises ?? [];
  const passed = exercises.filter((it) => it.passedAt !== "").length;
  const current = exercises.find((it) => it.current);
  return (
    <>
      {failure !== "" && <Failure title={failure}>{null}</Failure>}
      {list === undefined && failure === "" && <p class="soft">Asking which exercises there are…</p>}
      {list !== undefined && exercises.length === 0 && (
        <Empty title="There is no exercise">
          <p>
            <code>lab exercise new NAME</code> makes one; LAB_EXERCISES names another folder.
          </p>
        </Empty>
      )}
      {exercises.length > 0 && (
        <>
          <p>
            {passed} of {exercises.length} passed.{" "}
            {current === undefined ? (
              <a href={hashOf("exercises", [exercises[0]?.name ?? ""])}>Begin with the first.</a>
            ) : (
              <a href={hashOf("exercises", [current.name])}>Go on with “{current.title}”.</a>
            )}
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
          <section class="scrolls" tabIndex={0} aria-label="Exercises">
            <table>
              <thead>
                <tr>
                  <th scope="col">#</th>
                  <th scope="col">Exercise</th>
                  <th scope="col">Level</th>
                  <th scope="col">Minutes</th>
                  <th scope="col">State</th>
                  <th scope="col">About</th>
                </tr>
              </thead>
              <tbody>
                {exercises.map((it) => (
                  <tr key={it.name} class={it.current ? "current" : ""}>
                    <td>{it.number}</td>
                    <th scope="row">
                      <a href={hashOf("exercises", [it.name])}>{it.title}</a>
                    </th>
                    <td>
                      <span aria-hidden="true">{"●".repeat(it.level).padEnd(5, "○")}</span>
                      <span class="unseen">{it.level} of 5</span>
                    </td>
                    <td>{it.minutes}</td>
                    <td>{stateOf(it)}</td>
                    <td>{it.concepts.join(", ")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <Report />
        </>
      )}
    </>
  );
}

/** How far an exercise is, in words. */
function stateOf({ startedAt, passedAt, attempts, hintsTold, current }: ExerciseSummary): string {
  if (startedAt === "") return "";
  const checks = `${attempts} ${attempts === 1 ? "check" : "checks"}`;
  const hints = hintsTold > 0 ? `, ${hintsTold} ${hintsTold === 1 ? "hint" : "hints"}` : "";
  return `${passedAt !== "" ? "✔ passed" : "… started"}, ${checks}${hints}${current ? " ← here" : ""}`;
}

function Report() {
  const [learner, setLearner] = useState("");
  const [failure, setFailure] = useState("");
  const save = async (kind: "html" | "json") => {
    setFailure("");
    try {
      const report = await client.getReport({ learner });
      const type = kind === "html" ? "text/html" : "application/json";
      const url = URL.createObjectURL(new Blob([report[kind]], { type }));
      const link = Object.assign(document.createElement("a"), { href: url, download: `exercises.${kind}` });
      link.click();
      URL.revokeObjectURL(url);
    } catch (error) {
      setFailure(ConnectError.from(error).rawMessage);
    }
  };
  return (
    <section class="panel" aria-label="Report">
      <h3>Report</h3>
      <p>What you did, graded by traces, as a file for your teacher or yourself.</p>
      <div class="controls">
        <label>
          Whose it is{" "}
          <input value={learner} maxLength={200} onInput={(it) => setLearner(it.currentTarget.value)} />
        </label>
        <button type="button" onClick={() => void save("html")}>
          Save as HTML
        </button>
        <button type="button" onClick={() => void save("json")}>
          Save as JSON
        </button>
      </div>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
    </section>
  );
}
