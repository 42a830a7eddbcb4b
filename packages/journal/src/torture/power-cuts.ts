import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import type { Durability } from '../types.ts'
import { audit, prepareJournal } from './audit.ts'
import type { TortureOptions, TortureResult } from './kill-cycles.ts'
import { maxViolations } from './kill-cycles.ts'
import { createLedger } from './ledger.ts'
import { createLoopDisk } from './loop-disk.ts'
import type { Violation } from './oracle.ts'
import type { SeenFiles } from './torn-sectors.ts'
import { seenFiles, tearSectors } from './torn-sectors.ts'
import { between, createRandom } from './torture-record.ts'
import { startWriter } from './writer-process.ts'

/** How the power is cut. */
export interface PowerCutOptions extends TortureOptions {
  /** Acknowledges what is not durable, and expects it to be kept; losses have to show. */
  readonly unsafe: boolean
  /** Some sectors of what was not synced are on the disk, others are not. */
  readonly torn: boolean
}

const diskBytes = 256 * 1024 * 1024

const stoppingMs = 20

/**
 * Cuts the power of a file system while a writer appends, mounts it again and reopens the journal. Nothing is promised but what
 * was acknowledged as durable, flushed or delivered by then.
 */
export async function powerCuts(options: PowerCutOptions): Promise<TortureResult> {
  await mkdir(options.directory, { recursive: true })
  const disk = createLoopDisk(options.directory, diskBytes)
  let sound = false
  try {
    const result = await cutAgainAndAgain(options, disk)
    sound = result.violations.length === 0 || options.unsafe
    return result
  } finally {
    // What went wrong stays to be looked at, in the image.
    if (sound) disk.remove()
    else disk.unmount()
  }
}

async function cutAgainAndAgain(
  options: PowerCutOptions,
  disk: ReturnType<typeof createLoopDisk>,
): Promise<TortureResult> {
  const { command, seed, signal, unsafe, torn } = options
  const random = createRandom(seed)
  const ledger = createLedger(unsafe ? 'all' : 'durable')
  const violations: Violation[] = []
  const directory = `${disk.path}/journal`
  // In the negative control nothing is to be synced because a segment is full.
  const segmentBytes = unsafe ? 64 * 1024 * 1024 : 256 * 1024
  const durabilities: readonly Durability[] = unsafe
    ? ['os']
    : torn
      ? ['commit', 'interval', 'os', 'os', 'os']
      : ['commit', 'commit', 'interval', 'os']
  const endsAt = performance.now() + options.seconds * 1000
  let cycles = 0
  let checked = 0
  const result = (): TortureResult => ({ cycles, acknowledged: ledger.acknowledged, checked, violations })

  await prepareJournal(directory, segmentBytes)
  while (cycles < options.cycles && !signal.aborted && performance.now() < endsAt) {
    cycles += 1
    const plan = { directory, life: cycles, seed: seed + cycles, segmentBytes, durabilities }
    const writer = startWriter(command, { ...plan, subscribers: !unsafe })
    let cutAt
    let seen: SeenFiles = new Map()
    try {
      await writer.opened
      await Promise.race([delay(between(random, 100, 600)), writer.ended])
      if (torn) {
        writer.stop()
        // A write that the kernel has begun is finished.
        await delay(stoppingMs)
        seen = seenFiles(directory)
      }
      cutAt = disk.cut()
    } finally {
      await writer.kill()
    }
    if (!writer.lines.some((line) => 'open' in line)) {
      const failure = writer.lines.find((line) => 'failed' in line)
      throw new Error(`the writer never opened the journal: ${(failure?.failed ?? writer.complaint).trim()}`)
    }
    disk.unmount()
    disk.mount()
    tearSectors(seen, random)
    violations.push(...ledger.addLife(cycles, writer.lines, cutAt))
    const read = await audit(directory, ledger, { segmentBytes, settle: unsafe || random() < 0.3 })
    checked += read.checked
    violations.push(...read.violations)
    options.onCycle?.(result())
    if (!unsafe && violations.length >= maxViolations) break
  }
  return result()
}
