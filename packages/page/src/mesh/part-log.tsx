import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { useStream } from "../shell/follow.ts";
import { addLines, emptyLog } from "./log-buffer.ts";

const client = pageClient(MeshService);

/** Lines to begin with. */
const firstLines = 100;

/** What a part prints, as it comes; followed while it is open. */
export function PartLog({ part }: { readonly part: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Log, as it comes</summary>
      {isOpen && <Lines part={part} />}
    </details>
  );
}

function Lines({ part }: { readonly part: string }) {
  const [log, setLog] = useState(emptyLog);
  const [failure, setFailure] = useState("");
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  useStream(`log ${part}`, {
    open: (options) => {
      setLog(emptyLog);
      return client.watchLog({ part, lines: firstLines }, options);
    },
    onMessage: ({ lines, skipped }) => setLog((it) => addLines(it, lines, Number(skipped))),
    onState: (it) => setFailure(it?.rawMessage ?? ""),
  });
  // Who has scrolled up reads there; all others see the newest.
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log]);
  const onScroll = ({ currentTarget: it }: { readonly currentTarget: HTMLElement }) => {
    isAtEnd.current = it.scrollHeight - it.scrollTop - it.clientHeight < 24;
  };
  return (
    <>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
      {log.skipped > 0 && <p class="soft">{log.skipped} bytes were left out, as they came too fast.</p>}
      {log.lines.length === 0 && failure === "" && <p class="soft">It has printed nothing yet.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
      <section class="log" ref={box} tabIndex={0} aria-label={`Log of ${part}`} onScroll={onScroll}>
        {log.lines.map((it, i) => (
          <div key={log.first + i}>{it}</div>
        ))}
      </section>
    </>
  );
}
