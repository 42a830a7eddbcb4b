import { createSocket } from 'node:dgram'

import { type Defined, resolveOptions, wholeNumber } from '@tocsin/core'

import { badOption, messageOf } from '../../errors.ts'
import { maxTimerMs } from '../../option-checks.ts'
import type { CheckContext } from '../check.ts'
import { noAnswer, notAsked } from '../check-failure.ts'
import { abortable } from './abortable.ts'
import { findHost } from './dial.ts'
import { failure } from './failures.ts'
import { endPhase } from './phases.ts'
import { checkHostTarget, type HostTarget, targetName } from './target.ts'

/** What came back. */
export interface Answered<T> {
  /** What `accept` gave. */
  readonly answer: T
  /** Time from the last request to the answer, ms. */
  readonly ms: number
  /** How many requests were sent; with several, the answer may be to an earlier one, and `ms` too short. */
  readonly attempts: number
}

/** When to ask again. */
export interface AskOptions {
  /**
   * So many requests at most.
   * @defaultValue 3
   */
  readonly attempts?: number | undefined
  /**
   * Time to wait for an answer to each, ms.
   * @defaultValue 1000
   */
  readonly retryMs?: number | undefined
}

/** The defaults of {@link ask}. */
export const defaultAskOptions: Readonly<Defined<AskOptions>> = Object.freeze({
  attempts: 3,
  retryMs: 1000,
})

/**
 * Asks by a datagram, and again until there is an answer. The socket takes datagrams only from where it sends to; those for which
 * `accept` gives `undefined` are passed over, such as late answers to another request. Measures `tt_resolve`, `tt_firstbyte` and
 * `phase_ms` as {@link converse} does.
 *
 * Ends with the answer, `retryMs` after the last request, or at once when the signal of the run is aborted; the socket is closed then.
 * Measures by `elapsedMs` of the context and waits by timers of Node. Keeps nothing of what it is sent.
 *
 * Errors, by `code`: rejects with `PROTOCOL_NO_ANSWER` where there is no such host, it refuses, or no request is answered; with
 * `PROTOCOL_NOT_ASKED` where the fault is on this side, also where `request` throws; with `PROTOCOL_BAD_OPTION` where the target or an
 * option is none; with what `accept` throws; and with the reason of the signal.
 *
 * @param context - of the run
 * @param target - whom to ask; what it has beside the fields of a {@link HostTarget} is passed over
 * @param request - the datagram, or what makes it for the attempt of that number, from 1 on
 * @param accept - reads a datagram: gives the answer, `undefined` for what is none, or throws, best by `answeredBadly`
 */
export async function ask<T>(
  context: CheckContext,
  target: HostTarget,
  request: Uint8Array | ((attempt: number) => Uint8Array),
  accept: (answer: Buffer) => T | undefined,
  options: AskOptions = {},
): Promise<Answered<T>> {
  checkHostTarget(target)
  const { attempts, retryMs } = resolveOptions<Defined<AskOptions>>(
    defaultAskOptions,
    options,
    askChecks,
    badOption,
  )
  const { address, family } = await findHost(context, target)
  const name = targetName(target)
  return abortable(context.signal, (resolve, reject) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const startedMs = context.elapsedMs()
    const fail = (error: unknown): void => reject(failure(`no answer from ${name}`, error))
    let sent = 0
    let sentMs = startedMs
    let timer: NodeJS.Timeout | undefined
    let isOpen = true
    const send = (): void => {
      // Node may say that it is connected when it has been closed.
      if (!isOpen) return
      if (sent === attempts) {
        reject(noAnswer(`no answer from ${name} to ${attempts} request${attempts === 1 ? '' : 's'}`))
        return
      }
      sent += 1
      timer = setTimeout(send, retryMs)
      try {
        const bytes = typeof request === 'function' ? request(sent) : request
        sentMs = context.elapsedMs()
        socket.send(bytes, (error) => {
          if (error !== null) fail(error)
        })
      } catch (error) {
        reject(notAsked(`the request to ${name} could not be made: ${messageOf(error)}`, error))
      }
    }
    socket
      .on('error', fail)
      .on('message', (message) => {
        const nowMs = context.elapsedMs()
        try {
          const answer = accept(message)
          if (answer === undefined) return
          endPhase(context, 'first_byte', startedMs)
          resolve({ answer, ms: nowMs - sentMs, attempts: sent })
        } catch (error) {
          reject(error as Error)
        }
      })
      .connect(target.port, address, (error?: Error) => {
        if (error === undefined) send()
        else fail(error)
      })
    return () => {
      isOpen = false
      clearTimeout(timer)
      socket.close()
    }
  })
}

const askChecks = { attempts: wholeNumber(1), retryMs: wholeNumber(1, maxTimerMs) }
