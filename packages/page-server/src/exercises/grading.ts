import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Exercise } from "@envoy-mesh-lab/exercise";
import { checkExercise, copyFolder, savesIn } from "@envoy-mesh-lab/exercise";
import type { CheckExerciseResponseSchema } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { inWords, LabError, printableLines } from "@envoy-mesh-lab/trace";
import { Broadcast } from "../broadcast.ts";
import type { Activity } from "./to-exercise.ts";
import { idle } from "./to-exercise.ts";

type Told = MessageInitShape<typeof CheckExerciseResponseSchema> & { readonly isEnd: boolean };

/** Grades one exercise, now or on each save, for all who ask at the same time: they share what goes on. */
export class Grading {
  activity: Activity = idle;
  readonly #exercise: Exercise;
  readonly #told = new Broadcast<Told>();
  #running: AbortController | undefined;
  #isAsked = false;
  #watchers = 0;
  #wake: () => void = () => {};

  constructor(exercise: Exercise) {
    this.#exercise = exercise;
  }

  /** Grades, with `watch` again on each save until the signal, and says what goes on. */
  async *run(
    watch: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<MessageInitShape<typeof CheckExerciseResponseSchema>> {
    this.#isAsked = true;
    if (watch) this.#watchers++;
    this.#wake();
    if (this.#running === undefined) {
      this.#running = new AbortController();
      this.activity = { underWay: "beginning to grade", refused: "" };
      this.#told.publish({ underWay: this.activity.underWay, isEnd: false });
      void this.#loop(this.#running.signal);
    }
    try {
      for await (const { isEnd, ...it } of this.#told.watch(signal)) {
        yield it;
        if (isEnd && !watch && !this.#isAsked) return;
      }
    } finally {
      if (watch) this.#watchers--;
      // Nobody is left who wants to know.
      if (this.#told.watchers === 0) {
        this.#running?.abort();
        this.#running = undefined;
        this.#wake();
      }
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const saves = savesIn(copyFolder(this.#exercise), signal);
    let saved = saves.next();
    while (!signal.aborted) {
      if (this.#isAsked) {
        this.#isAsked = false;
        await this.#once(signal);
      } else if (this.#watchers === 0) {
        break;
      } else {
        const asked = new Promise<"asked">((resolve) => {
          this.#wake = () => resolve("asked");
        });
        if ((await Promise.race([saved, asked])) === "asked") continue;
        saved = saves.next();
        this.#isAsked = true;
      }
    }
    if (this.#running?.signal === signal) this.#running = undefined;
    this.activity = { ...this.activity, underWay: "" };
    await saves.return(undefined);
  }

  async #once(signal: AbortSignal): Promise<void> {
    const tell = (underWay: string) => {
      this.activity = { underWay, refused: "" };
      this.#told.publish({ underWay, isEnd: false });
    };
    tell("putting your files into the mesh");
    try {
      const onProgress = ({ text }: { text: string }) => tell(text);
      const { ok } = await checkExercise(this.#exercise, { signal, onStep: tell, onProgress });
      this.activity = idle;
      this.#told.publish({ ok, isEnd: true });
    } catch (error) {
      const words = error instanceof LabError ? inWords(error) : String(error);
      this.activity = { underWay: "", refused: signal.aborted ? "" : printableLines(words) };
      this.#told.publish({ refused: this.activity.refused, isEnd: true });
    }
  }
}
