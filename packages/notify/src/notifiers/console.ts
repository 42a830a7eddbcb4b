import type { Defined } from '@tocsin/core'
import { callback, resolveOptions } from '@tocsin/core'

import { printable } from '../render/printable.ts'
import { badOption, deliveryFailure } from '../errors.ts'
import type { Notifier } from './notifier.ts'

/** Options of `consoleNotifier`. */
export interface ConsoleNotifierOptions {
  /** Takes one line, without its end. @defaultValue `console.log` */
  readonly write?: ((line: string) => void) | undefined
}

/** The defaults of {@link ConsoleNotifierOptions}. */
export const defaultConsoleNotifierOptions: Defined<ConsoleNotifierOptions> = Object.freeze({
  // Looked up at each call, so that a console that was replaced is the one that is used.
  write: (line: string) => console.log(line),
})

const maxLineLength = 8192

/**
 * Tells by one line per notification: time, subject, and its id. Names and values from outside cannot break the line or
 * steer the terminal.
 *
 * @example
 * ```ts
 * import { consoleNotifier } from '@tocsin/notify'
 *
 * console.log(consoleNotifier().name) // => console
 * ```
 */
export function consoleNotifier(options?: ConsoleNotifierOptions): Notifier {
  const { write } = resolveOptions<ConsoleNotifierOptions>(
    defaultConsoleNotifierOptions,
    options,
    { write: callback },
    badOption,
  ) as Defined<ConsoleNotifierOptions>
  return {
    name: 'console',
    send: async ({ time, subject, id }, signal) => {
      if (signal.aborted) throw deliveryFailure('transient', 'the attempt was aborted', { arrived: 'no' })
      write(printable(`${new Date(time).toISOString()} ${subject} (${id})`, maxLineLength))
    },
  }
}
