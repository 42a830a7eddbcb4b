import { readFileSync } from 'node:fs'

/** What Python made, see pickles.py beside this. */
export interface MadePickle {
  readonly by: string
  readonly what: string
  readonly protocol: number
  readonly hex: string
}

export const pickles: readonly MadePickle[] = readFileSync(
  new URL('./pickles.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as MadePickle)

/** A pickle behind its length, as it goes over a connection. */
export function framed(pickle: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(pickle.length)
  return Buffer.concat([length, pickle])
}
