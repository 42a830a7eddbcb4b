import { text, wholeNumber } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../errors.ts'
import type { CheckContext } from '../check.ts'
import { answeredBadly, noAnswer, notAsked } from '../check-failure.ts'
import type { Dialled } from './dial.ts'
import { failure } from './failures.ts'
import { endPhase, measurePhase } from './phases.ts'
import { createReceivedBytes } from './received-bytes.ts'
import type { HostAddress } from './resolver.ts'
import type { TlsOptions } from './target.ts'

/** Everything until the other side ended, or as much of it as may be received. */
export interface Received {
  /** As it came. */
  readonly bytes: Buffer
  /** Whether there was more, which was not read. */
  readonly truncated: boolean
}

/**
 * A connection in a talk. One read at a time, each of which waits until what it asks for has come. There is no time-out of its own: the
 * signal of the run ends it. At most `maxBytes` of the target are received in all, and no more than that is held.
 *
 * Errors, by `code`: where the other side ends or breaks the connection off, a read rejects with `PROTOCOL_NO_ANSWER`; where it sends
 * too much, with `PROTOCOL_ANSWERED_BADLY`; a read beside another with `PROTOCOL_NOT_ASKED`, and one of what cannot be with
 * `PROTOCOL_BAD_OPTION`.
 */
export interface Connection {
  /** Whom it reached; `undefined` at a Unix socket. */
  readonly address: HostAddress | undefined
  /** Sends; what becomes of it shows in the next read. */
  send(data: string | Uint8Array): void
  /** The next line without its end, which is LF or CRLF, at most 64 KiB of UTF-8. */
  line(): Promise<string>
  /** All up to an end, and with it, as UTF-8. */
  until(end: string): Promise<string>
  /** So many bytes, a copy of them. Look at a count that the other side said before: one that is none is taken for a mistake here. */
  bytes(count: number): Promise<Buffer>
  /** All until the other side ends; what is beyond `maxBytes` of the target is left. */
  rest(): Promise<Received>
  /**
   * Goes over to TLS, as STARTTLS has it, and measures that and the certificate. Rejects with `PROTOCOL_ANSWERED_BADLY` where the
   * certificate is not valid, and where something of the other side is unread: anybody on the way may have said it.
   */
  startTls(options?: TlsOptions): Promise<void>
}

/** A connection, and what measures it at its end. */
export interface MeasuredConnection extends Connection {
  /** Nothing is read any more: measures the phase `body` where there was one. */
  end(): void
}

const maxLineBytes = 64 * 1024
const lineEnd = Buffer.from('\n')

export function createConnection(
  context: CheckContext,
  dialled: Dialled,
  maxBytes: number,
): MeasuredConnection {
  const { elapsedMs, signal } = context
  const { name } = dialled
  const received = createReceivedBytes()
  const slices = new Slices()
  let { socket } = dialled
  let total = 0
  let isFull = false
  let isReading = false
  let brokenBy: Error | undefined
  let wake: () => void = () => undefined
  let phaseStartedMs = dialled.readyMs
  let bodyMs = 0

  const look = (): void => wake()
  const lookAtError = (error: Error): void => {
    brokenBy ??= error
    wake()
  }
  const attach = (): void =>
    void socket.on('readable', look).on('end', look).on('close', look).on('error', lookAtError)
  const detach = (): void =>
    void socket.off('readable', look).off('end', look).off('close', look).off('error', lookAtError)
  attach()

  const take = (chunk: Buffer): void => {
    if (total === 0) phaseStartedMs = endPhase(context, 'first_byte', phaseStartedMs)
    bodyMs = elapsedMs() - phaseStartedMs
    const room = maxBytes - total
    total += chunk.length
    isFull = chunk.length > room
    received.append(isFull ? chunk.subarray(0, room) : chunk)
  }

  /** Whether more has come; else the other side has ended. */
  const more = async (): Promise<boolean> => {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) {
        take(chunk)
        return true
      }
      if (brokenBy !== undefined) throw failure(`${name} broke the connection off`, brokenBy)
      if (socket.readableEnded || socket.destroyed) return false
      await new Promise<void>((resolve) => (wake = resolve))
      slices.begin()
    }
  }

  const reading = <T>(read: () => Promise<T>): Promise<T> => {
    const taken = readNext(read)
    // A talk that does not wait for it spoils its own run, and must not end the process.
    taken.catch(() => undefined)
    return taken
  }

  const readNext = async <T>(read: () => Promise<T>): Promise<T> => {
    if (isReading) throw notAsked('a connection has one read at a time: wait for the one before')
    isReading = true
    try {
      const taken = await read()
      // Of what is here already, a talk takes thousands of lines in one go.
      if (slices.isOver) {
        await slices.pause()
        signal.throwIfAborted()
      }
      return taken
    } finally {
      isReading = false
    }
  }

  const tooMuch = (most: string): Error => answeredBadly(`${name} sent more than ${most}`)

  const need = async (what: string): Promise<void> => {
    if (isFull) throw tooMuch(`${maxBytes} bytes`)
    if (!(await more())) throw noAnswer(`${name} ended the connection before ${what}`)
  }

  const upTo = async (end: Uint8Array, most: number, what: string): Promise<Buffer> => {
    let from = 0
    for (;;) {
      const at = received.find(end, from)
      if ((at < 0 ? received.length : at) > most) throw tooMuch(`${most} bytes in ${what}`)
      if (at >= 0) return received.take(at + end.length)
      // The end may have begun in what is here.
      from = Math.max(0, received.length - end.length + 1)
      await need(what)
    }
  }

  return {
    address: dialled.address,
    send: (data) => void socket.write(data),
    line: () =>
      reading(async () => {
        const line = (await upTo(lineEnd, maxLineBytes, 'a whole line')).toString()
        return line.slice(0, line.endsWith('\r\n') ? -2 : -1)
      }),
    until: (end) =>
      reading(async () => {
        requireFit('the end of what is read', text()(end))
        return (await upTo(Buffer.from(end), maxBytes, 'what was waited for')).toString()
      }),
    bytes: (count) =>
      reading(async () => {
        // A target may announce more than any number is exact for, which is too much and no mistake of the talk.
        requireFit('a count of bytes', wholeNumber(0)(Math.min(count, Number.MAX_SAFE_INTEGER)))
        while (received.length < count) await need(`${count} bytes came`)
        return received.take(count)
      }),
    rest: () =>
      reading(async () => {
        while (!isFull && (await more()));
        return { bytes: received.take(received.length), truncated: isFull }
      }),
    startTls: (options = {}) =>
      reading(async () => {
        // It would pass for what came over TLS, and anybody on the way may have put it in.
        if (received.length > 0 || socket.readableLength > 0)
          throw answeredBadly(`${name} sent more in clear before TLS`)
        // A socket that is closed says nothing of it any more.
        if (socket.destroyed) throw noAnswer(`${name} ended the connection before TLS`)
        detach()
        const startedMs = elapsedMs()
        const secured = await dialled.secure(options)
        socket = secured.socket
        phaseStartedMs += secured.readyMs - startedMs
        attach()
      }),
    end() {
      if (total > 0) measurePhase(context, 'body', bodyMs)
    },
  }
}

function requireFit(what: string, allowed: string | undefined): void {
  if (allowed !== undefined) throw badOption(`${what} must be ${allowed}`)
}
