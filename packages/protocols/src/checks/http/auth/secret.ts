import type { Check as OptionCheck } from '@tocsin/core'

import type { CheckContext } from '../../check.ts'
import { notAsked } from '../../check-failure.ts'
import { untilAborted } from '../../exchange/abortable.ts'

/** A secret, or what gives it anew for each run, such as from a file that somebody else renews. */
export type Secret = string | (() => string | PromiseLike<string>)

/** What a {@link Secret} may be. */
export const isSecret: OptionCheck = (value) =>
  typeof value === 'function' || (typeof value === 'string' && value !== '')
    ? undefined
    : 'a text, or a function that gives it'

/**
 * The secret itself, unless the signal ends it. It is hidden from then on in all that the run tells, since a target may repeat it. Why it
 * cannot be had is not shown, since it may tell of the secret.
 */
export async function reveal(
  secret: Secret,
  name: string,
  { signal, found }: Pick<CheckContext, 'signal' | 'found'>,
): Promise<string> {
  const revealed = typeof secret === 'string' ? secret : await asked(secret, name, signal)
  found.hide(revealed)
  return revealed
}

async function asked(secret: Exclude<Secret, string>, name: string, signal: AbortSignal): Promise<string> {
  let revealed: unknown
  try {
    revealed = await untilAborted(signal, secret())
  } catch (error) {
    signal.throwIfAborted()
    throw notAsked(`the function that gives the ${name} threw`, error)
  }
  if (typeof revealed === 'string') return revealed
  throw notAsked(`the function that gives the ${name} gave no text`)
}
