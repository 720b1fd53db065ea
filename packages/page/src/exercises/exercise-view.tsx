import { ConnectError } from "@connectrpc/connect";
import type { Exercise, ExerciseFile } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchSelection, selectionById } from "../compare/fetch.ts";
import { pageClient } from "../shell/client.ts";
import { useStream } from "../shell/follow.ts";
import { Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import type { EditorName } from "./editor-link.ts";
import { editorLink, editors, isEditor } from "./editor-link.ts";
import { FileEditor } from "./file-editor.tsx";
import { MarkdownView } from "./markdown-view.tsx";
import { SolutionView } from "./solution-view.tsx";
import { VerdictView } from "./verdict-view.tsx";

const client = pageClient(ExercisesService);

/** One exercise: what it asks for, the learner's files, and the verdict as it changes. */
export function ExerciseView({ name }: { readonly name: string }) {
  const [exercise, setExercise] = useState<Exercise>();
  const [failure, setFailure] = useState("");
  useStream(`exercise ${name}`, {
    open: (options) => client.watchExercise({ name }, options),
    onMessage: ({ exercise: it }) => setExercise(it),
    onState: (it) => setFailure(it?.rawMessage ?? ""),
  });
  return (
    <>
      <p>
        <a href={hashOf("exercises")}>← All exercises</a>
      </p>
      {failure !== "" && <Failure title={failure}>{null}</Failure>}
      {exercise && (
        <div class="two">
          <div>
            <MarkdownView text={exercise.readme} />
            <Hints exercise={exercise} />
          </div>
          <div>
            {exercise.readOnly === "" ? (
              <Work exercise={exercise} />
            ) : (
              <p class="soft">{exercise.readOnly}</p>
            )}
          </div>
        </div>
      )}
    </>
  );
}

/** Does something at the server, and keeps what went wrong. */
function useAct(): [failure: string, act: (work: () => Promise<unknown>) => Promise<void>] {
  const [failure, setFailure] = useState("");
  const act = async (work: () => Promise<unknown>) => {
    setFailure("");
    try {
      await work();
    } catch (error) {
      setFailure(ConnectError.from(error).rawMessage);
    }
  };
  return [failure, act];
}

function Hints({ exercise }: { readonly exercise: Exercise }) {
  const { hints, summary, readOnly } = exercise;
  const [failure, act] = useAct();
  const name = summary?.name ?? "";
  const of = summary?.hints ?? 0;
  return (
    <section class="panel" aria-label="Hints">
      <h3>Hints</h3>
      {hints.map((it, i) => (
        <div key={it}>
          <h4>
            Hint {i + 1} of {of}
          </h4>
          <MarkdownView text={it} top={5} />
        </div>
      ))}
      {readOnly === "" &&
        (hints.length < of ? (
          <button type="button" onClick={() => void act(() => client.tellHint({ name, told: hints.length }))}>
            Tell the {hints.length === 0 ? "first" : "next"} hint
          </button>
        ) : (
          <p class="soft">That is the last one; the solution is below your files.</p>
        ))}
      {failure !== "" && <p class="bad">✖ {failure}</p>}
    </section>
  );
}

function Work({ exercise }: { readonly exercise: Exercise }) {
  const { summary, files } = exercise;
  const [failure, act] = useAct();
  const name = summary?.name ?? "";
  const isStarted = summary?.startedAt !== "" && files.every((it) => it.location !== "");
  if (!isStarted) {
    return (
      <section class="panel" aria-label="Start">
        <h3>Your files</h3>
        <p>Starting copies these files for you to edit; none of yours is overwritten.</p>
        <ul>
          {files.map((it) => (
            <li key={it.path}>
              <code>{it.path}</code>
            </li>
          ))}
        </ul>
        <button type="button" onClick={() => void act(() => client.startExercise({ name }))}>
          Start this exercise
        </button>
        {failure !== "" && <p class="bad">✖ {failure}</p>}
      </section>
    );
  }
  return (
    <>
      <Grading exercise={exercise} />
      <Files exercise={exercise} />
      <BeforeAndAfter exercise={exercise} />
      <section class="panel" aria-label="Solution">
        <h3>Solution</h3>
        <SolutionView exercise={name} />
      </section>
    </>
  );
}

/** Offers the traces of the learner's start and of the solution, to be compared. */
function BeforeAndAfter({ exercise }: { readonly exercise: Exercise }) {
  const { missedTraceIds, passedTraceIds, summary } = exercise;
  const hasBoth = missedTraceIds.length > 0 && passedTraceIds.length > 0;
  const compare = () => {
    const set = (words: string, ids: readonly string[]) =>
      `${fetchSelection(selectionById(`${summary?.name}, ${words}`, ids))}`;
    const query = { a: set("before", missedTraceIds), b: set("passed", passedTraceIds) };
    location.hash = hashOf("compare", [], new URLSearchParams(query));
  };
  return (
    <section class="panel" aria-label="Before and after">
      <h3>Before and after</h3>
      {hasBoth ? (
        <button type="button" onClick={compare}>
          Compare the traces of your start with those that passed
        </button>
      ) : (
        <p class="soft">
          Once it was graded before you mended it, and passed after, the traces of both can be compared here.
        </p>
      )}
    </section>
  );
}

/** Puts the learner's files aside, after it was asked whether that is meant. */
function StartOver({ name }: { readonly name: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [said, setSaid] = useState("");
  const [failure, act] = useAct();
  const reset = () =>
    act(async () => {
      dialog.current?.close();
      const { backup } = await client.resetExercise({ name });
      setSaid(`Your files are now in ${backup}. The mesh gets those of the start at the next check.`);
    });
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Start over…
      </button>
      <p role="status">{said}</p>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
      <dialog ref={dialog} class="palette" aria-label="Start over">
        <p>
          Put your files of this exercise aside and begin anew? They are kept in{" "}
          <code>workspace/backups</code>.
        </p>
        <div class="controls">
          <button type="button" onClick={() => void reset()}>
            Put them aside
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Keep them
          </button>
        </div>
      </dialog>
    </>
  );
}

/** Grades, once or on each save, and shows the verdict, by whomever it was asked for. */
function Grading({ exercise }: { readonly exercise: Exercise }) {
  const { underWay, refused, verdict, summary } = exercise;
  const name = summary?.name ?? "";
  const [isWatching, setWatching] = useState(false);
  const [failure, act] = useAct();
  const grade = async (signal?: AbortSignal) => {
    for await (const _ of client.checkExercise(
      { name, watch: signal !== undefined },
      signal ? { signal } : {},
    )) {
      // What goes on is told to all who watch the exercise, this page among them.
    }
  };
  useEffect(() => {
    if (!isWatching) return;
    const ending = new AbortController();
    void act(async () => {
      try {
        await grade(ending.signal);
      } catch (error) {
        if (!ending.signal.aborted) throw error;
      }
    });
    return () => ending.abort();
  }, [isWatching, name]);
  return (
    <section class="panel" aria-label="Verdict">
      <h3>Verdict</h3>
      <div class="controls">
        <button
          type="button"
          aria-disabled={underWay !== ""}
          onClick={() => underWay === "" && void act(() => grade())}
        >
          Check now
        </button>
        <label>
          <input
            type="checkbox"
            checked={isWatching}
            onChange={(it) => setWatching(it.currentTarget.checked)}
          />{" "}
          Check on each save
        </label>
      </div>
      <p role="status">{underWay === "" ? "" : `… ${underWay}`}</p>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
      {refused !== "" && (
        <div class="notice bad" role="alert">
          <p>
            <strong>✖ Your files were not graded</strong>
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
          <pre tabIndex={0}>{refused}</pre>
        </div>
      )}
      {verdict ? (
        <VerdictView verdict={verdict} />
      ) : (
        <p class="soft">
          It was not graded yet. “Check now” puts your files into the mesh and looks at its traces.
        </p>
      )}
    </section>
  );
}

const editorKey = "editor";

function Files({ exercise }: { readonly exercise: Exercise }) {
  const kept = localStorage.getItem(editorKey);
  const [editor, setEditor] = useState<EditorName>(isEditor(kept) ? kept : "vscode");
  const choose = (name: string) => {
    if (!isEditor(name)) return;
    localStorage.setItem(editorKey, name);
    setEditor(name);
  };
  return (
    <section class="panel" aria-label="Your files">
      <h3>Your files</h3>
      <label>
        Links open{" "}
        <select value={editor} onChange={(it) => choose(it.currentTarget.value)}>
          {Object.entries(editors).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      {exercise.files.map((it) => (
        <FileEntry key={it.path} exercise={exercise.summary?.name ?? ""} file={it} editor={editor} />
      ))}
      <StartOver name={exercise.summary?.name ?? ""} />
    </section>
  );
}

interface FileEntryProps {
  readonly exercise: string;
  readonly file: ExerciseFile;
  readonly editor: EditorName;
}

function FileEntry({ exercise, file, editor }: FileEntryProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="file">
      <h4>{file.path}</h4>
      <p class="soft">
        <code>{file.location}</code>
      </p>
      <div class="controls">
        <a href={editorLink(editor, file.location)}>Open in {editors[editor].title}</a>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Close the editor" : `Edit ${file.path} here`}
        </button>
      </div>
      {isOpen && <FileEditor exercise={exercise} file={file} />}
    </div>
  );
}
