import type { IncomingMessage } from 'node:http'

/** What all bodies that are being read share. */
export interface BodyBudget {
  pendingBytes: number
  readonly maxPendingBytes: number
}

/**
 * Reads a body whole, or says why not. A body that is too large is not kept; what still comes of it is read over, so that
 * the sender sees the reply.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
): Promise<Uint8Array | 'body-too-large' | 'overloaded' | 'truncated'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    const finish = (result: Uint8Array | 'body-too-large' | 'overloaded' | 'truncated'): void => {
      request.off('data', take).off('end', end).off('close', broken).resume()
      budget.pendingBytes -= length
      // The listeners of a request that is read over would keep them.
      chunks.length = 0
      resolve(result)
    }
    const take = (chunk: Buffer): void => {
      if (length + chunk.length > maxBytes) {
        finish('body-too-large')
        return
      }
      if (budget.pendingBytes + chunk.length > budget.maxPendingBytes) {
        finish('overloaded')
        return
      }
      chunks.push(chunk)
      length += chunk.length
      budget.pendingBytes += chunk.length
    }
    const end = (): void => finish(Buffer.concat(chunks, length))
    const broken = (): void => finish('truncated')
    request.on('data', take).on('end', end).on('close', broken)
    request.on('error', () => {
      // 'close' follows.
    })
    // Somebody else has read it, or it broke off before it came here: no event will follow.
    if (request.readableEnded || request.destroyed) finish('truncated')
    else if (Number(request.headers['content-length']) > maxBytes) finish('body-too-large')
  })
}
