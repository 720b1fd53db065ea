import { Code, ConnectError } from "@connectrpc/connect";
import type { ExerciseFile } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { ExercisesService } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import type { OpenEditor } from "./code-editor.ts";

const client = pageClient(ExercisesService);

interface FileEditorProps {
  readonly exercise: string;
  readonly file: ExerciseFile;
}

/** An editor for one file of the learner's. What is saved elsewhere meanwhile is shown, and never overwritten unasked. */
export function FileEditor({ exercise, file }: FileEditorProps) {
  const { path } = file;
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<OpenEditor>(undefined);
  /** The version that the text in the editor began from. */
  const [from, setFrom] = useState(file.version);
  const [isChanged, setChanged] = useState(false);
  const [state, setState] = useState("");
  const [isConflict, setConflict] = useState(false);

  useEffect(() => {
    let isGone = false;
    import("./code-editor.ts").then(
      ({ openEditor }) => {
        if (isGone || !box.current) return;
        editor.current = openEditor(box.current, {
          path,
          text: file.text,
          onChange: () => setChanged(editor.current?.text() !== editor.current?.saved),
          onSave: () => void save.current(),
        });
      },
      (error: unknown) => setState(`✖ The editor could not be loaded: ${error}`),
    );
    return () => {
      isGone = true;
      editor.current?.close();
      editor.current = undefined;
    };
  }, []);

  // What another editor has saved takes the place of what was not changed here. Only a new version says so: after a save, the file
  // is reported as it was for a moment more.
  useEffect(() => {
    if (file.version === from || editor.current === undefined) return;
    if (editor.current.text() === file.text) {
      editor.current.saved = file.text;
      setFrom(file.version);
      setChanged(false);
      setConflict(false);
    } else if (editor.current.text() !== editor.current.saved) {
      setConflict(true);
    } else {
      editor.current.replace(file.text);
      setFrom(file.version);
      setState("Changed by another editor just now.");
    }
  }, [file.version]);

  const saveFrom = async (version: string) => {
    const text = editor.current?.text();
    if (text === undefined) return;
    setState("saving…");
    try {
      const saved = await client.saveFile({ name: exercise, path, text, version });
      if (editor.current) editor.current.saved = text;
      setFrom(saved.version);
      setChanged(editor.current?.text() !== text);
      setConflict(false);
      setState("✔ Saved.");
    } catch (error) {
      const failure = ConnectError.from(error);
      setConflict(failure.code === Code.Aborted);
      setState(failure.code === Code.Aborted ? "" : `✖ ${failure.rawMessage}`);
    }
  };
  const save = useRef(() => saveFrom(from));
  save.current = () => saveFrom(from);
  const takeTheirs = () => {
    editor.current?.replace(file.text);
    setFrom(file.version);
    setChanged(false);
    setConflict(false);
    setState("The file is shown as it is now.");
  };

  return (
    <div class="file-editor">
      <div class="code-box" ref={box} />
      {isConflict && (
        <div class="notice bad" role="alert">
          <p>
            <strong>
              ✖ {path} was changed meanwhile, as by your editor, and differs from what is written here.
            </strong>
          </p>
          <div class="controls">
            <button type="button" onClick={takeTheirs}>
              Show it as it is now, and drop what is written here
            </button>
            <button type="button" onClick={() => void saveFrom("")}>
              Save what is written here over it
            </button>
          </div>
        </div>
      )}
      <div class="controls">
        <button type="button" onClick={() => void saveFrom(from)}>
          Save {path}
        </button>
        <span role="status">{state || (isChanged ? "Not saved yet." : "")}</span>
        <span class="soft">Ctrl-S saves; Escape, then Tab leaves the editor.</span>
      </div>
    </div>
  );
}
