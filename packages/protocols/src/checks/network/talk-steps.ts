import type { Check as OptionCheck } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { bodySearch } from '../http/body-search.ts'
import type { CheckContext } from '../check.ts'
import { answeredBadly } from '../check-failure.ts'
import type { Connection } from '../exchange/connection.ts'
import { isTls, type TlsOptions } from '../exchange/target.ts'

/** A step of a talk: first it waits, then it says, then it goes over to TLS, each where it is given. */
export interface TalkStep {
  /**
   * What to wait for: a text, wherever it stands, or an expression that a line must match. Lines before are passed over. Expressions are
   * read with the flag `u` and run in linear time, see `bodyMatch` of {@link httpCheck}.
   */
  readonly expect?: string | RegExp | undefined
  /** What to say, with its line end. */
  readonly send?: string | Uint8Array | undefined
  /**
   * Goes over to TLS, and how.
   * @defaultValue false
   */
  readonly startTls?: boolean | TlsOptions | undefined
}

/** Talks by steps, and measures by the gauge `steps_done` how many there were. Fails, available, where something else was said. */
export async function talkBySteps(
  { found, signal }: CheckContext,
  connection: Connection,
  steps: readonly TalkStep[],
): Promise<void> {
  let done = 0
  try {
    for (const { expect, send, startTls = false } of steps) {
      const what = `what step ${done + 1} expects`
      if (typeof expect === 'string') await textIn(connection, expect, what)
      else if (expect !== undefined) await lineLike(connection, expect, what, signal)
      if (send !== undefined) connection.send(send)
      if (startTls !== false) await connection.startTls(startTls === true ? {} : startTls)
      done += 1
    }
  } finally {
    if (steps.length > 0) found.gauge('steps_done', done)
  }
}

/** What was said may repeat a secret of an earlier step, and is not shown. */
const saidElse = (what: string): Error => answeredBadly(`it answered something else than ${what}`)

async function textIn(connection: Connection, text: string, what: string): Promise<void> {
  try {
    await connection.until(text)
  } catch (error) {
    const rest = await connection.rest().catch(() => undefined)
    throw rest === undefined || rest.bytes.length === 0 ? error : saidElse(what)
  }
}

async function lineLike(
  connection: Connection,
  wanted: RegExp,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const matches = lineMatch(wanted)
  const slices = new Slices()
  for (let lines = 0; ; lines += 1) {
    const line = await connection.line().catch((error: unknown) => {
      throw lines === 0 ? error : saidElse(what)
    })
    if (await matches(line, signal)) return
    if (!slices.isOver) continue
    await slices.pause()
    signal.throwIfAborted()
  }
}

/** Whether a line has a text or matches an expression, which {@link isExpectation} has let pass. */
export function lineMatch(wanted: string | RegExp): (line: string, signal: AbortSignal) => Promise<boolean> {
  const search = bodySearch(wanted)
  if (typeof search === 'string') throw new TypeError(search)
  return (line, signal) => search(Buffer.from(line), signal)
}

/** What can be waited for. */
export const isExpectation: OptionCheck = (value) => {
  if (typeof value === 'string' && value !== '') return undefined
  if (!(value instanceof RegExp)) return 'a text that is not empty, or a regular expression'
  const search = bodySearch(value)
  return typeof search === 'string' ? `an expression for linear time (${search})` : undefined
}

/** What steps can be. */
export const areSteps: OptionCheck = (value) => {
  if (!Array.isArray(value)) return 'a list of steps'
  for (const [at, step] of (value as readonly unknown[]).entries()) {
    const fault = stepFault(step)
    if (fault !== undefined) return `a list of steps, where [${at}] must be ${fault}`
  }
  return undefined
}

function stepFault(step: unknown): string | undefined {
  if (typeof step !== 'object' || step === null) return 'an object'
  const { expect, send, startTls, ...more } = step as Record<string, unknown>
  if (Object.keys(more).length > 0) return 'without fields other than expect, send and startTls'
  if (expect !== undefined) {
    const fault = isExpectation(expect)
    if (fault !== undefined) return `one whose expect is ${fault}`
  }
  if (send !== undefined && typeof send !== 'string' && !(send instanceof Uint8Array))
    return 'one whose send is a text or bytes'
  if (startTls !== undefined) {
    const fault = isTls(startTls)
    if (fault !== undefined) return `one whose startTls is ${fault}`
  }
  return undefined
}
