import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

// Programs read the clock in the vDSO: a small library that Linux maps into every process (vdso(7)), a copy for whoever writes to
// it. So the clock of one process alone is moved by writing other machine code there, whatever the program is made with;
// libfaketime cannot do that for Go, which does without the system's C library. Only the wall clock jumps; the monotonic one, which timers go by, does not, as
// it is when somebody sets the clock of a machine.

/** Why a clock cannot be moved here; undefined when it can. */
export function whyNoClock(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return "the clock of one process is moved by machine code for Linux on x64";
  if (process.getuid?.() !== 0) return "only root may write to the memory of another's process";
  return undefined;
}

/** The machine code of each function, with so many seconds added to what the system says. They are called as in C (System V). */
const moved: Readonly<Record<string, (seconds: Buffer) => Buffer>> = {
  // clock_gettime(edi, rsi): asks the system (call 228); of CLOCK_REALTIME (0) and CLOCK_REALTIME_COARSE (5) adds to *rsi.
  __vdso_clock_gettime: (seconds) => code("b8e40000000f05 85ff7405 83ff057507 488106", seconds, "c3"),
  // gettimeofday(rdi, rsi): asks the system (call 96); adds to *rdi if there is one.
  __vdso_gettimeofday: (seconds) => code("b8600000000f05 4885ff7407 488107", seconds, "c3"),
  // time(rdi): asks the system (call 201); adds to what it returns, and writes it to *rdi if there is one.
  __vdso_time: (seconds) => code("b8c90000000f05 4805", seconds, "4885ff7403488907 c3"),
};

function code(first: string, seconds: Buffer, last: string): Buffer {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  return Buffer.concat([hex(first), seconds, hex(last)]);
}

/**
 * Moves the wall clock of one process.
 *
 * @param seconds how far it is from the machine's from now on; 0 puts it right again.
 */
export async function moveClock(pid: number, seconds: number): Promise<void> {
  const { start, bytes } = readLibrary("self");
  const offset = Buffer.alloc(4);
  offset.writeInt32LE(seconds);
  const places = functionsOf(bytes).flatMap(({ name, at, size }) => {
    const written = moved[name]?.(offset);
    if (written === undefined) return [];
    if (written.length > size) throw new Error(`${name} has ${size} bytes, and ${written.length} are needed`);
    return [{ at, size, written: seconds === 0 ? bytes.subarray(at, at + written.length) : written }];
  });
  if (places.length !== Object.keys(moved).length)
    throw new Error(`the vDSO at ${start.toString(16)} lacks a clock`);
  const library = rangeOf(pid);
  for (;;) {
    process.kill(pid, "SIGSTOP");
    try {
      // No thread may stand in the middle of what is written over.
      const isReading = countersOf(pid).some((counter) =>
        places.some(({ at, size }) => counter >= library.start + at && counter < library.start + at + size),
      );
      if (!isReading) {
        const memory = openSync(`/proc/${pid}/mem`, "r+");
        for (const { at, written } of places)
          writeSync(memory, written, 0, written.length, library.start + at);
        closeSync(memory);
        return;
      }
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await delay(1);
  }
}

/** Where the vDSO is in a process (proc_pid_maps(5)). */
function rangeOf(pid: number | "self"): { start: number; end: number } {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  const [, start = "", end = ""] = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(maps) ?? [];
  if (start === "") throw new Error(`process ${pid} has no vDSO`);
  return { start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) };
}

function readLibrary(pid: number | "self"): { start: number; bytes: Buffer } {
  const { start, end } = rangeOf(pid);
  const bytes = Buffer.alloc(end - start);
  const memory = openSync(`/proc/${pid}/mem`, "r");
  readSync(memory, bytes, 0, bytes.length, start);
  closeSync(memory);
  return { start, bytes };
}

/** The instruction at which each thread of a stopped process is (proc_pid_syscall(5)); NaN while one still runs. */
function countersOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const line = readFileSync(`/proc/${pid}/task/${thread}/syscall`, "utf8").trim();
    return line === "running" ? Number.NaN : Number.parseInt(line.split(" ").at(-1) ?? "", 16);
  });
}

/** The functions of a library: its table of dynamic symbols, which ends where that of their names begins (elf(5)). */
function functionsOf(elf: Buffer): { name: string; at: number; size: number }[] {
  const number = (at: number) => Number(elf.readBigUInt64LE(at));
  const [headers, headerSize, count] = [number(0x20), elf.readUInt16LE(0x36), elf.readUInt16LE(0x38)];
  const dynamicSegment = 2;
  const segment = Array.from({ length: count }, (_, i) => headers + i * headerSize).find(
    (at) => elf.readUInt32LE(at) === dynamicSegment,
  );
  if (segment === undefined) throw new Error("the vDSO has no dynamic segment");
  const entries = new Map<number, number>();
  for (let at = number(segment + 8); number(at) !== 0; at += 16) entries.set(number(at), number(at + 8));
  const [names = 0, symbols = 0] = [entries.get(5), entries.get(6)];
  const found: { name: string; at: number; size: number }[] = [];
  for (let at = symbols; at < names; at += 24) {
    const name = names + elf.readUInt32LE(at);
    found.push({
      name: elf.toString("latin1", name, elf.indexOf(0, name)),
      at: number(at + 8),
      size: number(at + 16),
    });
  }
  return found;
}
