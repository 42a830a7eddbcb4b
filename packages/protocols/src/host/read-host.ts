import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, loadavg, platform, totalmem } from 'node:os'

import { untilAborted } from '../checks/exchange/abortable.ts'
import type { HostReading } from './host-samples.ts'
import { readProcMeminfo, readProcNetDev } from './proc.ts'
import type { Reader } from './reading-check.ts'

type Disks = Pick<HostReading, 'disks'>

/**
 * Reads this machine, for one runner after another; what its system does not offer is absent. File systems come last, since one on a
 * network that is gone may never answer: they are asked once at a time for all runners, so that at most one thread waits for them, and
 * who has waited in vain for an answer does not wait for the same one again.
 */
export function createHostReader(readDisks: () => Promise<Disks> = readRoot): () => Reader<HostReading> {
  let asked: Promise<Disks> | undefined
  return () => {
    let awaited: Promise<Disks> | undefined
    return async ({ signal, tell }) => {
      tell(await readSystem())
      signal.throwIfAborted()
      asked ??= readDisks().finally(() => (asked = undefined))
      if (awaited === asked) throw new Error('its file systems have not answered since a reading before')
      awaited = asked
      return untilAborted(signal, asked)
    }
  }
}

async function readSystem(): Promise<HostReading> {
  const [meminfo, interfaces] = await Promise.all([readProc('/proc/meminfo'), readProc('/proc/net/dev')])
  const cpu = { userMs: 0, systemMs: 0, idleMs: 0 }
  for (const { times } of cpus()) {
    cpu.userMs += times.user + times.nice
    cpu.systemMs += times.sys + times.irq
    cpu.idleMs += times.idle
  }
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return {
    cpu,
    memory: readProcMeminfo(meminfo ?? '') ?? { totalBytes: totalmem(), availableBytes: freemem() },
    // Windows has no load; Node gives zeros there.
    ...(platform() !== 'win32' && { load: [one, five, fifteen] as const }),
    ...(interfaces !== undefined && { network: readProcNetDev(interfaces) }),
  }
}

async function readRoot(): Promise<Disks> {
  const root = await statfs('/').catch(() => undefined)
  if (root === undefined) return {}
  const { blocks, bfree, bavail, bsize } = root
  const usedBytes = (blocks - bfree) * bsize
  return {
    disks: [{ path: '/', totalBytes: blocks * bsize, usedBytes, availableBytes: bavail * bsize }],
  }
}

const readProc = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
