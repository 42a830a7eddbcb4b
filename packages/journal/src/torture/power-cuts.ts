import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

import type { Durability } from '../types.ts'
import { audit, prepareJournal } from './audit.ts'
import type { TortureOptions, TortureResult } from './kill-cycles.ts'
import { maxViolations } from './kill-cycles.ts'
import { createLedger } from './ledger.ts'
import { createLoopDisk } from './loop-disk.ts'
import type { Violation } from './oracle.ts'
import { between, createRandom } from './torture-record.ts'
import { startWriter } from './writer-process.ts'

/** `unsafe`: acknowledges what is not durable, and expects it to be kept; losses have to show. */
export interface PowerCutOptions extends TortureOptions {
  readonly unsafe: boolean
}

const diskBytes = 256 * 1024 * 1024

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
  const { command, seed, signal, unsafe } = options
  const random = createRandom(seed)
  const ledger = createLedger(unsafe ? 'all' : 'durable')
  const violations: Violation[] = []
  const directory = `${disk.path}/journal`
  // In the negative control nothing is to be synced because a segment is full.
  const segmentBytes = unsafe ? 64 * 1024 * 1024 : 256 * 1024
  const durabilities: readonly Durability[] = unsafe ? ['os'] : ['commit', 'commit', 'interval', 'os']
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
    try {
      await writer.opened
      await Promise.race([delay(between(random, 100, 600)), writer.ended])
      cutAt = disk.cut()
    } finally {
      await writer.kill()
    }
    if (!writer.lines.some((line) => 'open' in line)) {
      throw new Error(`the writer never opened the journal: ${writer.complaint.trim()}`)
    }
    disk.unmount()
    disk.mount()
    violations.push(...ledger.addLife(cycles, writer.lines, cutAt))
    const seen = await audit(directory, ledger, { segmentBytes, settle: unsafe || random() < 0.3 })
    checked += seen.checked
    violations.push(...seen.violations)
    options.onCycle?.(result())
    if (!unsafe && violations.length >= maxViolations) break
  }
  return result()
}
