import type { ComponentChildren } from "preact";

/** What a notice says: what is so, and what one can do next. */
interface NoticeProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Stands where there is nothing yet, and says what to do next. */
export function Empty({ title, children }: NoticeProps) {
  return (
    <div class="notice" role="status">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}

/** Says what is wrong, where, and what to do. */
export function Failure({ title, children }: NoticeProps) {
  return (
    <div class="notice bad" role="alert">
      <p>
        <strong>✖ {title}</strong>
      </p>
      {children}
    </div>
  );
}
