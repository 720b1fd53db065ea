import { ConnectError } from "@connectrpc/connect";
import type { ConfigurationFile } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { openingsOf } from "./openings.ts";

const client = pageClient(MeshService);

/** The files that a part is configured by, read when they are asked for. */
export function PartConfiguration({ part }: { readonly part: string }) {
  const [isOpen, setOpen] = useState(false);
  const [files, setFiles] = useState<readonly ConfigurationFile[]>();
  const [failure, setFailure] = useState("");
  useEffect(() => {
    if (!isOpen) return;
    const ending = new AbortController();
    client.getConfiguration({ part }, { signal: ending.signal }).then(
      (it) => setFiles(it.files),
      (error: unknown) => ending.signal.aborted || setFailure(ConnectError.from(error).rawMessage),
    );
    return () => ending.abort();
  }, [isOpen, part]);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Configuration, read only</summary>
      {failure !== "" && <p class="bad">✖ {failure}</p>}
      {files?.length === 0 && <p class="soft">No file says anything of it.</p>}
      {files?.map((it) => (
        <FileView key={`${it.path} ${it.firstLine}`} file={it} />
      ))}
    </details>
  );
}

function FileView({ file }: { readonly file: ConfigurationFile }) {
  const { path, about, text, firstLine } = file;
  const box = useRef<HTMLElement>(null);
  const openings = openingsOf(text);
  const go = (line: number) => {
    const target = box.current?.children[line - 1];
    target?.scrollIntoView({ block: "start" });
    box.current?.focus();
  };
  return (
    <section class="file" aria-label={path}>
      <h4>
        {path}
        {firstLine > 1 && `:${firstLine}`}
      </h4>
      <p class="soft">{about}</p>
      {openings.length > 0 && (
        <ul class="openings">
          {openings.map((it) => (
            <li key={it.line} class={it.indent === 0 ? "top" : ""}>
              <button type="button" class="link" onClick={() => go(it.line)}>
                {it.key}
              </button>{" "}
              {it.sentence}
            </li>
          ))}
        </ul>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
      <section class="log" ref={box} tabIndex={0} aria-label={`Text of ${path}`}>
        {text.split("\n").map((line, i) => (
          <div key={i} class={/^\s*#/.test(line) ? "comment" : ""}>
            {line === "" ? " " : line}
          </div>
        ))}
      </section>
    </section>
  );
}
