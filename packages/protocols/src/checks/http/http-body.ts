import type { IncomingMessage } from 'node:http'
import { addAbortSignal, type Readable, type Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'

import { reasonOf } from '../exchange/failures.ts'
import { createReceivedBytes } from '../exchange/received-bytes.ts'

/** A body as it is meant. */
export interface HttpBody {
  readonly bytes: Buffer
  /** Whether there was more than was taken. */
  readonly isCut: boolean
  /** Why what is there is not the body, as the end of a sentence; `undefined` where it is. */
  readonly fault: string | undefined
}

/** Reads a body of at most so many bytes, encoded or not, and decodes it. */
export async function readHttpBody(
  answer: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<HttpBody> {
  const encoded = await collect(answer, maxBytes)
  if (encoded.fault !== undefined) return { ...encoded, fault: `broke off: ${encoded.fault}` }
  const encoding = (answer.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (encoding === '' || encoding === 'identity' || encoded.bytes.length === 0) return encoded
  const decoder = decoderOf(encoding, encoded)
  if (decoder === undefined)
    return { ...encoded, fault: `has an encoding that is not known here; known are gzip, deflate and br` }
  addAbortSignal(signal, decoder)
  decoder.end(encoded.bytes)
  const decoded = await collect(decoder, maxBytes)
  signal.throwIfAborted()
  const isCut = encoded.isCut || decoded.isCut
  if (decoded.fault !== undefined) return { ...decoded, isCut, fault: `is not ${encoding}: ${decoded.fault}` }
  return { ...decoded, isCut }
}

/** All of a stream, which is destroyed where there is more. */
const collect = (stream: Readable, maxBytes: number): Promise<HttpBody> =>
  new Promise((resolve) => {
    const received = createReceivedBytes()
    const finish = (isCut: boolean, fault?: string): void => {
      const bytes = received.take(received.length)
      resolve({ bytes, isCut, fault })
    }
    const take = (chunk: Buffer): void => {
      const room = maxBytes - received.length
      if (chunk.length <= room) {
        received.append(chunk)
        return
      }
      received.append(chunk.subarray(0, room))
      stream.off('data', take).destroy()
      finish(true)
    }
    stream
      .on('data', take)
      .on('end', () => finish(false))
      .on('error', (error) => finish(false, reasonOf(error)))
      .on('close', () => finish(false, 'ECONNRESET'))
    // No event follows where it broke off before.
    if (stream.destroyed) finish(false, 'ECONNRESET')
  })

/** Of what was cut the beginning is decoded. */
function decoderOf(encoding: string, { bytes, isCut }: HttpBody): Transform | undefined {
  const finishFlush = isCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip({ finishFlush })
    case 'deflate':
      // Some send it without the header of zlib.
      return ((bytes[0] ?? 0) & 0x0f) === 8
        ? createInflate({ finishFlush })
        : createInflateRaw({ finishFlush })
    case 'br':
      return createBrotliDecompress({
        finishFlush: isCut ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH,
      })
    default:
      return undefined
  }
}
