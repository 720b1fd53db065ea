import type { ComponentChildren, HTMLAttributes } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { windowOf } from "./shown-rows.ts";

/** Rows of one height, of which only those that are seen are drawn. */
interface VirtualListProps extends Omit<HTMLAttributes<HTMLDivElement>, "children"> {
  readonly count: number;
  /** In CSS pixels. */
  readonly rowHeight: number;
  /** The row that has to be seen; changing it scrolls. */
  readonly current?: number | undefined;
  /** Above the rows, and always seen. */
  readonly head?: ComponentChildren;
  readonly row: (place: number) => ComponentChildren;
}

/** How far one scrolls, in rows, until others are drawn: drawing at each step would cost frames. */
const step = 6;

export function VirtualList({ count, rowHeight, current, head, row, ...rest }: VirtualListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ scrollTop: 0, height: 800 });
  const look = () => {
    const { scrollTop = 0, clientHeight: height = 0 } = box.current ?? {};
    const coarse = Math.floor(scrollTop / (rowHeight * step)) * rowHeight * step;
    setSeen((it) =>
      it.scrollTop === coarse && it.height === height + rowHeight * step
        ? it
        : { scrollTop: coarse, height: height + rowHeight * step },
    );
  };
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (current === undefined || element === null) return;
    const top = current * rowHeight;
    const room = element.clientHeight - rowHeight * 2;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
  }, [current]);
  const { from, to } = windowOf(seen, rowHeight, count);
  const places = Array.from({ length: to - from }, (_, i) => from + i);
  return (
    <div {...rest} ref={box} onScroll={look}>
      {head}
      <div class="virtual" role="rowgroup" style={{ height: `${count * rowHeight}px` }}>
        <div
          class="virtual-rows"
          role="presentation"
          style={{ transform: `translateY(${from * rowHeight}px)` }}
        >
          {places.map(row)}
        </div>
      </div>
    </div>
  );
}
