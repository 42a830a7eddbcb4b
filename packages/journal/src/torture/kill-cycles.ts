import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import { audit, prepareJournal } from './audit.ts'
import { createLedger } from './ledger.ts'
import type { Violation } from './oracle.ts'
import { between, createRandom } from './torture-record.ts'
import { startWriter } from './writer-process.ts'

/** How a journal is tortured. */
export interface TortureOptions {
  /** Program and arguments that the writer's hidden command is appended to. */
  readonly command: readonly string[]
  readonly directory: string
  /** How often. */
  readonly cycles: number
  /** Most seconds; what is under way is finished. */
  readonly seconds: number
  readonly seed: number
  readonly signal: AbortSignal
  /** After each cycle. */
  readonly onCycle?: (result: TortureResult) => void
}

/** What came of it. */
export interface TortureResult {
  readonly cycles: number
  /** Records that were acknowledged. */
  readonly acknowledged: number
  /** Records that were read back and compared, some of them several times. */
  readonly checked: number
  readonly violations: readonly Violation[]
}

/** Small, so that a short life begins several. */
const segmentBytes = 256 * 1024

/** Enough to see what is wrong. */
export const maxViolations = 100

/**
 * Kills a writer with SIGKILL at random moments, also while it recovers from the kill before, and reopens the journal. The
 * moments are not the same for the same seed: what the writer does is.
 */
export async function killCycles(options: TortureOptions): Promise<TortureResult> {
  const { command, directory, seed, signal } = options
  const random = createRandom(seed)
  const ledger = createLedger('all')
  const violations: Violation[] = []
  const endsAt = performance.now() + options.seconds * 1000
  let cycles = 0
  let checked = 0
  const result = (): TortureResult => ({ cycles, acknowledged: ledger.acknowledged, checked, violations })
  const over = (): boolean =>
    signal.aborted || performance.now() >= endsAt || violations.length >= maxViolations

  await prepareJournal(directory, segmentBytes)
  while (cycles < options.cycles && !over()) {
    cycles += 1
    const plan = { directory, life: cycles, seed: seed + cycles, segmentBytes, subscribers: true }
    const writer = startWriter(command, { ...plan, durabilities: ['commit', 'commit', 'interval', 'os'] })
    // Some are killed while they open what the one before left behind.
    if (random() < 0.85) await writer.opened
    await Promise.race([delay(between(random, 0, 200)), writer.ended])
    const running = await writer.kill()
    if (signal.aborted) break
    violations.push(...ledger.addLife(cycles, writer.lines))
    const failure = writer.lines.find((line) => 'failed' in line)
    if (!running || failure !== undefined) throw endedByItself(failure?.failed ?? writer.complaint)
    // The others are left to the next writer, which recovers on its own.
    if (random() < 0.7 || cycles === options.cycles) {
      const seen = await audit(directory, ledger, { segmentBytes, settle: random() < 0.3 })
      checked += seen.checked
      violations.push(...seen.violations)
    }
    options.onCycle?.(result())
  }
  if (violations.length === 0) await rm(directory, { recursive: true, force: true })
  return result()
}

const endedByItself = (why: string): Error =>
  new Error(`the writer ended by itself, which is not what was to be tested: ${why.trim()}`)
