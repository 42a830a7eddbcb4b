import { readFile, statfs } from 'node:fs/promises'
import { cpus, freemem, loadavg, platform, totalmem } from 'node:os'

import type { HostReading } from './host-samples.ts'
import { readProcMeminfo, readProcNetDev } from './proc.ts'

/** Reads this machine; what its system does not offer is absent. */
export async function readHost(): Promise<HostReading> {
  const [meminfo, interfaces, root] = await Promise.all([
    readProc('/proc/meminfo'),
    readProc('/proc/net/dev'),
    statfs('/').catch(() => undefined),
  ])
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
    ...(root !== undefined && {
      disks: [
        {
          path: '/',
          totalBytes: root.blocks * root.bsize,
          usedBytes: (root.blocks - root.bfree) * root.bsize,
          availableBytes: root.bavail * root.bsize,
        },
      ],
    }),
    ...(interfaces !== undefined && { network: readProcNetDev(interfaces) }),
  }
}

const readProc = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)
