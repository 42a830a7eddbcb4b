import { readFile } from 'node:fs/promises'
import { inspect } from 'node:util'

import { badOption, NotifyError } from '../errors.ts'

/** A value that is read each time it is needed, and is in no error, no JSON and no log. */
export interface Secret {
  /** Reads it. Rejects with `NOTIFY_SECRET_MISSING` where there is none now. */
  read(): Promise<string>
  /** `'[secret]'`. */
  toString(): string
}

/** Where a secret is: a variable of the environment, a file, or whatever a function gives. */
export type SecretReference = `env:${string}` | `file:${string}` | (() => string | Promise<string>)

const maxLength = 65_536
const shown = '[secret]'

class ReadSecret implements Secret {
  readonly #source: () => string | undefined | Promise<string | undefined>
  /** Where it is looked for, for people. */
  readonly #where: string

  constructor(source: () => string | undefined | Promise<string | undefined>, where: string) {
    this.#source = source
    this.#where = where
  }

  async read(): Promise<string> {
    let value: unknown
    try {
      value = await this.#source()
    } catch (error) {
      // What was thrown may tell the secret; its code does not.
      throw this.#missing(error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '')
    }
    if (typeof value !== 'string' || value === '' || value.length > maxLength) throw this.#missing('')
    return value
  }

  #missing(why: string): NotifyError {
    const message = `${this.#where} gives no secret of 1 to ${maxLength} characters now${why}`
    // Somebody may set it while the program runs.
    return new NotifyError('NOTIFY_SECRET_MISSING', message, { failure: 'transient', arrived: 'no' })
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}

/**
 * A secret by its place: `'env:NAME'`, `'file:/path'` (one line break at the end is not part of it), or a function. It is read for
 * each attempt, so that one that is exchanged is used without a restart.
 *
 * Errors: the call throws `NOTIFY_BAD_OPTION` for anything else; an attempt fails as transient with `NOTIFY_SECRET_MISSING` while there
 * is none.
 *
 * @example
 * ```ts
 * import { secret, webhookNotifier } from '@tocsin/notify/webhook'
 *
 * const url = secret('env:OPS_WEBHOOK_URL')
 * console.log(webhookNotifier({ url }).name, JSON.stringify({ url })) // => webhook {"url":"[secret]"}
 * ```
 */
export function secret(reference: SecretReference): Secret {
  if (typeof reference === 'function') return new ReadSecret(reference, 'the function of a secret')
  const [, kind, name = ''] =
    /^(env|file):([^\0]+)$/s.exec(typeof reference === 'string' ? reference : '') ?? []
  if (kind === 'env') return new ReadSecret(() => process.env[name], `the environment variable ${name}`)
  if (kind === 'file') {
    return new ReadSecret(
      async () => (await readFile(name, 'utf8')).replace(/\r?\n$/, ''),
      `the file ${name}`,
    )
  }
  // The value is not shown: somebody may have given the secret itself.
  throw badOption('a secret must be given as "env:NAME", "file:/path" or a function')
}

/** Whether a value is a {@link Secret}, also one of another copy of this package. */
export const isSecret = (value: unknown): value is Secret =>
  typeof value === 'object' && value !== null && 'read' in value && typeof value.read === 'function'

/** A value that is there, or is read now. */
export const revealed = <T>(value: T | Secret): T | Promise<string> =>
  isSecret(value) ? value.read() : value
