import type { Context } from "@opentelemetry/api";
import { context as contexts } from "@opentelemetry/api";
import type { Reading } from "./reader-watch.ts";

/** Gets what an iteration gave and how it ended. It may get more than one end; the first counts. */
export interface IterationObserver {
  /** A step gave a value. */
  message(value: unknown): void;
  /** The iterable was read to its end. */
  done(): void;
  /** A step failed. */
  failed(reason: unknown): void;
  /** The reader stopped before the end. */
  abandoned(): void;
}

/**
 * Wraps an iterable so that every step of it runs in the given context.
 *
 * A generator goes on in the context of whoever asks for its next value, which for a stream is some callback
 * of a socket. Without the wrapper, code after the first `yield` would lose the active span.
 *
 * Nothing is read ahead: one step of the wrapper is one step of the iterable, so back pressure stays. The
 * wrapper has `return` and `throw` exactly where the iterable has them. Without an observer, a step allocates
 * nothing of its own; with one, a promise.
 */
export function bindIterable<T>(
  iterable: AsyncIterable<T>,
  context: Context,
  observer?: IterationObserver,
): BoundIterable<T> {
  return new BoundIterable(iterable, context, observer);
}

/** The wrapper. While it has an observer, it counts its steps. */
export class BoundIterable<T> implements AsyncIterable<T>, Reading {
  begun = 0;
  settled = 0;
  private readonly iterable: AsyncIterable<T>;
  private readonly context: Context;
  private readonly observer: IterationObserver | undefined;

  constructor(iterable: AsyncIterable<T>, context: Context, observer: IterationObserver | undefined) {
    this.iterable = iterable;
    this.context = context;
    this.observer = observer;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    const iterator = contexts.with(this.context, this.iterable[Symbol.asyncIterator], this.iterable);
    return this.observer === undefined
      ? new BoundIterator(iterator, this.context)
      : new ObservedIterator(iterator, this.context, this.observer, this);
  }
}

/** Runs each step in a context. */
class BoundIterator<T> implements AsyncIterator<T> {
  declare return?: (value?: unknown) => Promise<IteratorResult<T>>;
  declare throw?: (reason?: unknown) => Promise<IteratorResult<T>>;
  protected readonly iterator: AsyncIterator<T>;
  protected readonly context: Context;
  /** Made once for the iterator; a context manager binds what it is given to run as a method in each step. */
  private readonly step: (value: unknown) => Promise<IteratorResult<T>>;

  constructor(iterator: AsyncIterator<T>, context: Context) {
    this.iterator = iterator;
    this.context = context;
    this.step = (value) => iterator.next(value as undefined);
    const { return: leave, throw: raise } = iterator;
    if (leave !== undefined) {
      this.return = (value) => {
        this.left();
        return contexts.with(context, leave, iterator, value);
      };
    }
    if (raise !== undefined) {
      this.throw = (reason) => {
        this.raised(reason);
        return contexts.with(context, raise, iterator, reason);
      };
    }
  }

  next(value?: unknown): Promise<IteratorResult<T>> {
    // A handler asks for its requests, and a transport for those to send, in the context already.
    return contexts.active() === this.context
      ? this.iterator.next(value as undefined)
      : contexts.with(this.context, this.step, undefined, value);
  }

  protected left(): void {}
  protected raised(_reason: unknown): void {}
}

/** The same, and reports what happens to an observer. */
class ObservedIterator<T> extends BoundIterator<T> {
  private readonly observer: IterationObserver;
  private readonly owner: BoundIterable<T>;
  private readonly onResult: (result: IteratorResult<T>) => void;
  private readonly onError: (reason: unknown) => void;

  constructor(
    iterator: AsyncIterator<T>,
    context: Context,
    observer: IterationObserver,
    owner: BoundIterable<T>,
  ) {
    super(iterator, context);
    this.observer = observer;
    this.owner = owner;
    // Made once for the iterator rather than for each step of it.
    this.onResult = (result) => {
      owner.settled++;
      if (result.done === true) {
        observer.done();
      } else {
        observer.message(result.value);
      }
    };
    this.onError = (reason) => {
      owner.settled++;
      observer.failed(reason);
    };
  }

  override next(value?: unknown): Promise<IteratorResult<T>> {
    let step: Promise<IteratorResult<T>>;
    this.owner.begun++;
    try {
      step = super.next(value);
    } catch (reason) {
      this.onError(reason);
      throw reason;
    }
    // The reader has the very promise of the iterable, and comes after the observer, who was there first.
    const promise = Promise.resolve(step);
    promise.then(this.onResult, this.onError);
    return promise;
  }

  /** Told before the iterable cleans up, as its cleaning up is no longer part of the iteration. */
  protected override left(): void {
    this.observer.abandoned();
  }

  protected override raised(reason: unknown): void {
    this.observer.failed(reason);
  }
}
