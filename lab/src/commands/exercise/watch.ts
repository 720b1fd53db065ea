import { emitKeypressEvents } from "node:readline";
import type { Exercise, Loop, LoopEffect, LoopEvent } from "@envoy-mesh-lab/exercise";
import {
  applyFiles,
  beginExercise,
  checkExercise,
  copyFolder,
  exerciseNames,
  findExercise,
  firstLoop,
  readProgress,
  renderScreen,
  requireCopy,
  resetCopy,
  savesIn,
  showSolution,
  stepLoop,
  tellHint,
} from "@envoy-mesh-lab/exercise";
import { hasColor, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { inWords, LabError } from "@envoy-mesh-lab/trace";
import { linkFiles } from "../../file-links.ts";

/** How many lines a screen has where the terminal does not say. */
const usualHeight = 24;

/** What of a key press says which key it was. */
interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

/**
 * Watches the learner's files, checks each time one is saved, and does what keys say, on one screen. The terminal is as it was
 * when it ends, however it ends.
 *
 * @param signal ends it.
 */
export async function watchWithKeys(
  first: Exercise,
  options: { readonly apply: boolean },
  signal: AbortSignal,
): Promise<void> {
  const screen = openScreen();
  try {
    for (let exercise: Exercise | undefined = first, isNew = false; exercise !== undefined; isNew = true) {
      exercise = await new ExerciseWatch(exercise, { ...options, isNew }).run(signal);
    }
  } finally {
    screen.close();
  }
}

/** Takes the terminal's other screen and single keys; `close` gives back both, and so does the end of the process. */
function openScreen(): { close: () => void } {
  const { stdin, stdout } = process;
  const wasRaw = stdin.isRaw;
  const close = () => {
    process.removeListener("exit", close);
    stdin.setRawMode(wasRaw);
    stdin.pause();
    stdout.write("\u001B[?25h\u001B[?1049l");
  };
  process.on("exit", close);
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.resume();
  stdout.write("\u001B[?1049h\u001B[?25l");
  return { close };
}

/** The watch of one exercise. */
class ExerciseWatch {
  readonly #exercise: Exercise;
  /** Read once: a screen is drawn several times a second. */
  readonly #titles = exerciseNames().map(findExercise);
  readonly #options: { readonly apply: boolean; readonly isNew: boolean };
  #loop: Loop;
  readonly #over = new AbortController();
  #next: Exercise | undefined;
  /** What is still to be done, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isCheckDue = false;
  #failure: unknown;

  constructor(exercise: Exercise, options: { apply: boolean; isNew: boolean }) {
    this.#exercise = exercise;
    this.#options = options;
    // Whoever comes from another exercise wants to know what this one is about.
    this.#loop = options.isNew ? { ...firstLoop, view: "about" } : firstLoop;
  }

  /** @returns the exercise to go on with; undefined to end. */
  async run(signal: AbortSignal): Promise<Exercise | undefined> {
    const { stdin, stdout } = process;
    const { signal: over } = this.#over;
    const ended = AbortSignal.any([signal, over]);
    const onKey = (_: string | undefined, key: Key) => this.#press(key, ended);
    const draw = () => this.#draw();
    stdin.on("keypress", onKey);
    stdout.on("resize", draw);
    try {
      draw();
      this.#checkSaves(ended).catch((error: unknown) => this.#fail(error));
      if (this.#options.isNew) this.#do(() => this.#apply(ended));
      else this.#check(ended);
      if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve));
      await this.#work;
    } finally {
      stdin.off("keypress", onKey);
      stdout.off("resize", draw);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#next;
  }

  /** Checks each time that files are saved. */
  async #checkSaves(signal: AbortSignal): Promise<void> {
    for await (const _ of savesIn(copyFolder(this.#exercise), signal)) this.#check(signal);
  }

  #dispatch(event: LoopEvent): LoopEffect | undefined {
    const { loop, effect } = stepLoop(this.#loop, event);
    this.#loop = loop;
    this.#draw();
    return effect;
  }

  #doKey(key: string, signal: AbortSignal): void {
    switch (this.#dispatch({ kind: "key", key })) {
      case undefined:
        break;
      case "check":
        this.#check(signal);
        break;
      case "hint": {
        const telling = tellHint(this.#exercise).at(-1);
        if (telling !== undefined) this.#dispatch({ kind: "told", telling });
        break;
      }
      case "reset":
        resetCopy(this.#exercise, new Date());
        // The folder that was watched is the one that was put aside.
        this.#next = this.#exercise;
        this.#over.abort();
        break;
      case "next":
        this.#next = startNext(this.#exercise);
        this.#over.abort();
        break;
      case "quit":
        this.#over.abort();
        break;
    }
  }

  #press({ name, sequence, ctrl }: Key, signal: AbortSignal): void {
    // Keys come one by one, so that this one is no signal.
    const isEnd = ctrl && (name === "c" || name === "d");
    if (isEnd) this.#over.abort();
    else if (!ctrl) this.#doKey(name ?? sequence ?? "", signal);
  }

  #draw(): void {
    const exercise = this.#exercise;
    const { exercises } = readProgress();
    const lines = renderScreen(exercise, this.#loop, {
      width: terminalWidth(),
      height: process.stdout.rows ?? usualHeight,
      color: hasColor(),
      folder: copyFolder(exercise),
      list: this.#titles.map(({ name, number, title }) => ({
        number,
        title,
        isPassed: exercises[name]?.passedAt !== undefined,
      })),
      solution: () => showSolution(exercise) || "Your files are the solution's, to the letter.",
    });
    process.stdout.write(`\u001B[H${lines.map((it) => `${linkFiles(it)}\u001B[K`).join("\r\n")}\u001B[J`);
  }

  /** Checks when all that goes on is over; however often it is asked meanwhile, once. */
  #check(signal: AbortSignal): void {
    if (this.#isCheckDue) return;
    this.#isCheckDue = true;
    this.#do(async () => {
      this.#isCheckDue = false;
      this.#dispatch({ kind: "begin" });
      const grade = await checkExercise(this.#exercise, {
        apply: this.#options.apply,
        signal,
        onProgress: ({ text }) => this.#dispatch({ kind: "step", text }),
        onStep: (text) => this.#dispatch({ kind: "step", text }),
        onGrade: (check) => this.#dispatch({ kind: "check", check }),
      });
      if (!signal.aborted) this.#dispatch({ kind: "end", grade });
    });
  }

  async #apply(signal: AbortSignal): Promise<void> {
    if (!this.#options.apply) return;
    const onProgress = ({ text }: { text: string }) => this.#dispatch({ kind: "step", text });
    await applyFiles(this.#exercise, requireCopy(this.#exercise), { signal, onProgress });
  }

  #do(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      if (this.#over.signal.aborted) return;
      // A file that is rejected is what a watch is for; what is no word of the lab's is a fault of ours.
      if (error instanceof LabError) this.#dispatch({ kind: "trouble", text: inWords(error) });
      else this.#fail(error);
    });
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#over.abort();
  }
}

/** Makes the learner's copy of the exercise after one; undefined after the last. */
function startNext({ name }: Exercise): Exercise | undefined {
  const names = exerciseNames();
  const next = names[names.indexOf(name) + 1];
  if (next === undefined) return undefined;
  const exercise = findExercise(next);
  beginExercise(exercise);
  return exercise;
}
