import type { Context } from "@opentelemetry/api";
import { context as contexts } from "@opentelemetry/api";

/** Is told how an iteration ended. At most one of the three is called, once. */
export interface IterationObserver {
  /** The iterable was read to its end. */
  done(): void;
  /** A step failed. */
  failed(reason: unknown): void;
  /** The reader stopped before the end, or let go of the iterable. */
  abandoned(): void;
}

/**
 * Wraps an iterable so that every step of it runs in the given context.
 *
 * A generator goes on in the context of whoever asks for its next value, which for a stream is some callback
 * of a socket. Without the wrapper, code after the first `yield` would lose the active span.
 *
 * Nothing is read ahead: one step of the wrapper is one step of the iterable, so back pressure stays. The
 * wrapper has `return` and `throw` exactly where the iterable has them.
 */
export function bindIterable<T>(
  iterable: AsyncIterable<T>,
  context: Context,
  observer: IterationObserver = unobserved,
): AsyncIterable<T> {
  const end = observer === unobserved ? unobserved : once(observer);
  const bound: AsyncIterable<T> = {
    [Symbol.asyncIterator]() {
      abandonments.unregister(bound);
      const iterator = bindIterator(
        contexts.with(context, () => iterable[Symbol.asyncIterator]()),
        context,
        end,
      );
      watch(iterator, end);
      return iterator;
    },
  };
  watch(bound, end);
  return bound;
}

const unobserved: IterationObserver = { done() {}, failed() {}, abandoned() {} };

/** Passes on the first end only: a reader may well call `return` on an iterator that has failed. */
function once(observer: IterationObserver): IterationObserver {
  let ended = false;
  function first(): boolean {
    const isFirst = !ended;
    ended = true;
    return isFirst;
  }
  return {
    done: () => first() && observer.done(),
    failed: (reason) => first() && observer.failed(reason),
    abandoned: () => first() && observer.abandoned(),
  };
}

function bindIterator<T>(
  iterator: AsyncIterator<T>,
  context: Context,
  observer: IterationObserver,
): AsyncIterator<T> {
  async function step(run: () => Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    let result: IteratorResult<T>;
    try {
      result = await contexts.with(context, run);
    } catch (reason) {
      observer.failed(reason);
      throw reason;
    }
    if (result.done === true) {
      observer.done();
    }
    return result;
  }
  const bound: AsyncIterator<T> = { next: (...args) => step(() => iterator.next(...args)) };
  if (iterator.return !== undefined) {
    bound.return = (value) => {
      // Told before the iterable cleans up, as its cleaning up is no longer part of the iteration.
      observer.abandoned();
      return contexts.with(context, () => iterator.return?.(value) ?? Promise.resolve({ done: true, value }));
    };
  }
  if (iterator.throw !== undefined) {
    bound.throw = (reason) => {
      observer.failed(reason);
      return contexts.with(context, () => iterator.throw?.(reason) ?? Promise.reject(reason));
    };
  }
  return bound;
}

/**
 * A Connect client hands its caller an iterable without `return`, so leaving a `for await` loop early, or
 * never starting it, shows nowhere. What is left is that the garbage collector takes the iterator away.
 */
const abandonments = new FinalizationRegistry<IterationObserver>((observer) => observer.abandoned());

function watch(target: WeakKey, observer: IterationObserver): void {
  if (observer !== unobserved) {
    abandonments.register(target, observer, target);
  }
}
