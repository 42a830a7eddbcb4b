import { linearPattern } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

/** Whether a body has what is looked for; rejects where the signal ends it. Others run meanwhile. */
export type BodySearch = (body: Buffer, signal: AbortSignal) => Promise<boolean>

/** Between two looks at the clock; a pattern of the most steps takes some ms for so much. */
const pieceBytes = 256

/** Looks for a text, or for a match in linear time; a sentence where an expression has no such form. */
export function bodySearch(wanted: string | RegExp): BodySearch | string {
  if (typeof wanted === 'string') return async (body) => body.toString('utf8').includes(wanted)
  const { source, flags, ignoreCase, multiline, dotAll } = wanted
  if (/[vy]/.test(flags)) return 'the flags v and y are not taken'
  const pattern = linearPattern(source, { ignoreCase, multiline, dotAll })
  if (!pattern.ok) return pattern.message
  return async (body, signal) => {
    const run = pattern.value.begin()
    const slices = new Slices()
    // It never ends within a character; what is no UTF-8 becomes one that stands for it.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    for (let at = 0; at < body.length; at += pieceBytes) {
      if (run.take(decoder.decode(body.subarray(at, at + pieceBytes), { stream: true }))) return true
      if (!slices.isOver) continue
      await slices.pause()
      signal.throwIfAborted()
    }
    return run.take(decoder.decode()) || run.end()
  }
}
