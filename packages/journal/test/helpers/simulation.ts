import type { Gap } from '../../src/index.ts'
import type { Violation } from '../../src/torture/oracle.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { memoryFileSystem } from '../../src/testing/index.ts'
import { destroy } from './damage.ts'
import type { Program } from './programs.ts'
import { cutBy } from './programs.ts'
import { createPromises } from './promises.ts'
import type { SimulationSetup } from './simulated-process.ts'
import { createProcess } from './simulated-process.ts'

/** What a program showed. */
export interface Simulated {
  readonly violations: readonly Violation[]
  /** Operations on the disk of each life. */
  readonly operations: readonly number[]
  /** The disk at the end. */
  readonly fileSystem: MemoryFileSystem
}

/** Runs all lives, and after each compares what the next one finds with what was promised. */
export async function simulate({ options, lives }: Program, setup: SimulationSetup = {}): Promise<Simulated> {
  const evicts = options.whenFull === 'drop-oldest' || options.whenFull === 'evict-subscriber'
  // On a full disk there is no room to say that a segment was evicted, until there is; a crash before that leaves a hole.
  const allowed: Gap['reason'][] = evicts ? ['evicted', 'missing-segment'] : []
  const promises = createPromises(new Set(allowed))
  const operations: number[] = []
  let fileSystem = setup.from ?? memoryFileSystem()
  let serial = 0
  for (const life of lives) {
    using process = createProcess(fileSystem, options, promises, setup, () => serial++)
    await process.live(life)
    operations.push(fileSystem.operations)
    // It has to be gone, whatever it is still waiting for.
    fileSystem.stopAt(0)
    if (life.cut !== undefined) promises.powerCut()
    fileSystem = life.cut === undefined ? fileSystem.processKill() : fileSystem.powerCut(cutBy(life.cut))
    fileSystem.setCapacity(Infinity)
    for (const one of life.damage) await destroy(fileSystem, one, promises)
  }
  using last = createProcess(fileSystem, options, promises, setup, () => serial++)
  await last.liveOn()
  return { violations: promises.violations, operations, fileSystem }
}
