import { answeredBadly } from '../check-failure.ts'
import type { Dialled } from '../exchange/dial.ts'
import { failure } from '../exchange/failures.ts'
import { quoted } from '../quoted.ts'

/** A server may say something before it says who it is (RFC 4253 section 4.2). */
const maxBytes = 16 * 1024

/**
 * The line by which a server says that it speaks SSH, and with which software. What has been read is put back, for whom the connection is
 * handed on to. `onFirstByte` is called when anything comes.
 */
export async function readIdentification(
  { socket, name }: Dialled,
  onFirstByte: () => void,
): Promise<string> {
  let received = Buffer.alloc(0)
  let brokenBy: Error | undefined
  let wake: () => void = () => undefined
  const look = (): void => wake()
  const lookAtError = (error: Error): void => {
    brokenBy = error
    wake()
  }
  socket.on('readable', look).on('end', look).on('close', look).on('error', lookAtError)
  try {
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) {
        if (brokenBy !== undefined) throw failure(`${name} broke the connection off`, brokenBy)
        if (socket.readableEnded || socket.destroyed)
          throw new Error(`${name} ended the connection before it said who it is`)
        await new Promise<void>((resolve) => (wake = resolve))
        continue
      }
      if (received.length === 0) onFirstByte()
      received = Buffer.concat([received, chunk])
      const line = identificationIn(received.toString('latin1'))
      if (line !== undefined) {
        socket.unshift(received)
        return line
      }
      if (received.length > maxBytes) throw answeredBadly(`expected SSH, got ${quoted(received.toString())}`)
    }
  } finally {
    socket.off('readable', look).off('end', look).off('close', look).off('error', lookAtError)
  }
}

const identificationIn = (text: string): string | undefined => /^SSH-[^\r\n]*(?=\r?\n)/m.exec(text)?.[0]
