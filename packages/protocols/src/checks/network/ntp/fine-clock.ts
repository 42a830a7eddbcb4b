import type { CheckContext } from '../../check.ts'

/** The clock of the system moves on by 1 ms for programs; it is waited for this long at most. */
const maxWaitMs = 2

/**
 * The time of the system, ms since the Unix epoch, finer than the whole ms that programs are told: it waits for the next one, for at most
 * 2 ms, and counts on from there by the clock of the run. That one alone would not do, since it does not follow when the system's is set.
 */
export function createFineClock({ now, elapsedMs }: CheckContext): () => number {
  const first = now()
  const giveUpMs = elapsedMs() + maxWaitMs
  let before = elapsedMs()
  let atMs = before
  while (now() === first && atMs < giveUpMs) {
    before = atMs
    atMs = elapsedMs()
  }
  // The change was between two looks.
  const edgeMs = (before + atMs) / 2
  const time = now()
  return () => time + elapsedMs() - edgeMs
}
