/** Memory of a part over a soak. */
export interface Slope {
  readonly part: string;
  /** Resident memory at the first and the last reading, in bytes. */
  readonly first: number;
  readonly last: number;
  /** Growth in bytes per hour: the slope of the least-squares line through the readings. */
  readonly perHour: number;
  /** Readings that it rests on: those of the part's last process, as another process begins anew. */
  readonly readings: number;
}

/** One reading: which process of each part had how much resident memory, in bytes, and when, in milliseconds. */
export interface Reading {
  readonly at: number;
  readonly memory: Readonly<Record<string, { readonly pid: number; readonly bytes: number }>>;
}

/** The slope of each part's memory. */
export function slopesOf(readings: readonly Reading[]): Slope[] {
  const last = readings.at(-1);
  return Object.entries(last?.memory ?? {}).map(([part, { pid, bytes }]) => {
    const points = readings.flatMap(({ at, memory }) =>
      memory[part]?.pid === pid ? [{ hours: at / 3_600_000, bytes: memory[part].bytes }] : [],
    );
    return {
      part,
      first: points[0]?.bytes ?? bytes,
      last: bytes,
      perHour: slope(points),
      readings: points.length,
    };
  });
}

/** The slope of the least-squares line; 0 for a single point. */
function slope(points: readonly { hours: number; bytes: number }[]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const x = mean(points.map(({ hours }) => hours));
  const y = mean(points.map(({ bytes }) => bytes));
  const spread = points.reduce((sum, { hours }) => sum + (hours - x) ** 2, 0);
  const common = points.reduce((sum, { hours, bytes }) => sum + (hours - x) * (bytes - y), 0);
  return spread === 0 ? 0 : common / spread;
}
