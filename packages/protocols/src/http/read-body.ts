import type { Readable, Transform } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'

/** What all bodies that are being read share. */
export interface BodyBudget {
  pendingBytes: number
  readonly maxPendingBytes: number
}

/** How large a body may be, as it comes and as it is when it is unpacked. */
export interface BodyLimits {
  readonly maxBodyBytes: number
  readonly maxDecodedBytes: number
}

/** Why there is no body. */
export type BodyFault = 'body-too-large' | 'decoded-too-large' | 'malformed' | 'overloaded' | 'truncated'

/** What unpacks a body; none for `identity`, `undefined` where it is another encoding. */
export function decoderFor(encoding: string): (() => Transform) | 'none' | undefined {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return 'none'
    case 'gzip':
    case 'x-gzip':
      return () => createGunzip()
    case 'deflate':
      return () => createInflate()
    default:
      return undefined
  }
}

const nothing = new Uint8Array(0)

/**
 * Reads a body whole, or says why not. A body that is too large is not kept; what still comes of it is read over, so that
 * the sender sees the reply. What a few bytes unpack to is counted as it comes out, and no more of it is made.
 */
export function readBody(
  body: Readable,
  contentLength: number,
  decoder: (() => Transform) | 'none',
  { maxBodyBytes, maxDecodedBytes }: BodyLimits,
  budget: BodyBudget,
): Promise<Uint8Array | BodyFault> {
  return new Promise((resolve) => {
    const unpacked = decoder === 'none' ? undefined : decoder()
    // What is sent as it is has the length that it says, if it says one.
    const expected = unpacked === undefined && contentLength > 0 ? contentLength : Infinity
    let kept = nothing
    let length = 0
    let sent = 0
    let isOver = false
    const finish = (result: Uint8Array | BodyFault): void => {
      if (isOver) return
      isOver = true
      body.off('data', arrive).off('end', end).off('close', broken).resume()
      unpacked?.destroy()
      budget.pendingBytes -= length
      // The listeners of a request that is read over would keep it.
      kept = nothing
      resolve(result)
    }
    const keep = (chunk: Uint8Array): void => {
      const longer = length + chunk.length
      if (longer > maxDecodedBytes) finish('decoded-too-large')
      else if (budget.pendingBytes + chunk.length > budget.maxPendingBytes) finish('overloaded')
      else {
        // Copied, since chunks of a byte each would take a hundred times their bytes.
        if (longer > kept.length) kept = grown(kept, longer, Math.min(expected, maxDecodedBytes))
        kept.set(chunk, length)
        length = longer
        budget.pendingBytes += chunk.length
      }
    }
    const arrive = (chunk: Uint8Array): void => {
      sent += chunk.length
      if (sent > maxBodyBytes) finish('body-too-large')
      else if (unpacked === undefined) keep(chunk)
      else if (!unpacked.write(chunk)) {
        body.pause()
        unpacked.once('drain', () => body.resume())
      }
    }
    const whole = (): void => finish(kept.subarray(0, length))
    const end = (): void => {
      if (unpacked === undefined) whole()
      else unpacked.end()
    }
    const broken = (): void => {
      if (!body.readableEnded) finish('truncated')
    }
    unpacked
      ?.on('data', keep)
      .on('end', whole)
      .on('error', () => finish('malformed'))
    body.on('data', arrive).on('end', end).on('close', broken)
    body.on('error', () => {
      // 'close' follows.
    })
    // Somebody else has read it, or it broke off before it came here: no event will follow.
    if (body.readableEnded || body.destroyed) finish('truncated')
    else if (contentLength > maxBodyBytes) finish('body-too-large')
  })
}

/** By doubling, so that a body that says a length and brings no byte holds nothing. */
function grown(bytes: Uint8Array, needed: number, most: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, Math.min(most, 2 * needed)))
  larger.set(bytes)
  return larger
}
