import type { Chunk } from './chunk.ts'
import type { SampleTest } from './window-need.ts'
import type { WindowSample } from './window-sample.ts'

/** Of the last 32 samples, for which a comparison was true: one word of a record, bits with the newest the lowest, and how many. */
export interface RecentSamples {
  readonly of: SampleTest
  readonly word: number
}

const size = 32
const lengthMask = 0xff
const untrusted = 0x100

/** Adds a sample, unless the comparison is unknown for it. */
export function addToRecent({ of }: RecentSamples, { u32 }: Chunk, word: number, sample: WindowSample): void {
  const truth = of.test(sample)
  if (truth === 2) return
  u32[2 * word] = ((u32[2 * word] ?? 0) << 1) | truth
  const state = u32[2 * word + 1] ?? 0
  if ((state & lengthMask) < size) u32[2 * word + 1] = state + 1
  else u32[2 * word + 1] = size
}

/** Takes out the newest, which is taken for the one that is corrected. */
export function takeFromRecent(
  { of }: RecentSamples,
  { u32 }: Chunk,
  word: number,
  sample: WindowSample,
): void {
  const state = u32[2 * word + 1] ?? 0
  if (of.test(sample) === 2 || (state & lengthMask) === 0) return
  u32[2 * word] = (u32[2 * word] ?? 0) >>> 1
  u32[2 * word + 1] = state - 1
}

/** What is there is not all that there was. */
export function distrustRecent({ u32 }: Chunk, word: number): void {
  u32[2 * word + 1] = (u32[2 * word + 1] ?? 0) | untrusted
}

/** How many are there, of the last `span`; -1 where they are not to be believed until there are as many. */
export function recentCount({ u32 }: Chunk, word: number, span: number): number {
  const state = u32[2 * word + 1] ?? 0
  const count = state & lengthMask
  return count < span && state >= untrusted ? -1 : Math.min(span, count)
}

/** For how many of the last `span` it was true. */
export function recentMatches({ u32 }: Chunk, word: number, span: number): number {
  let bits = u32[2 * word] ?? 0
  if (span < size) bits &= 2 ** span - 1
  let count = 0
  for (; bits !== 0; bits &= bits - 1) count += 1
  return count
}
