import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

import { codeOf } from '../files/error-code.ts'

/** Which process it is, even after its number was given to another; without the optional fields where there is no `/proc`. */
export interface ProcessIdentity {
  readonly pid: number
  readonly host: string
  /** Drawn by the kernel at each start. */
  readonly bootId?: string
  /** When the process started, in clock ticks since the boot. */
  readonly startTicks?: number
  /** In which `pid` counts. */
  readonly pidNamespace?: string
  /** In which the names of sockets count. */
  readonly networkNamespace?: string
}

/** Who runs this. */
export async function identifyProcess(): Promise<ProcessIdentity> {
  const [bootId, stat, pidNamespace, networkNamespace] = await Promise.all([
    orUndefined(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    orUndefined(readFile('/proc/self/stat', 'utf8')),
    orUndefined(readlink('/proc/self/ns/pid')),
    orUndefined(readlink('/proc/self/ns/net')),
  ])
  const startTicks = stat === undefined ? undefined : parseStat(stat)?.startTicks
  return {
    pid: process.pid,
    host: hostname(),
    ...(bootId !== undefined && { bootId: bootId.trim() }),
    ...(startTicks !== undefined && { startTicks }),
    ...(pidNamespace !== undefined && { pidNamespace }),
    ...(networkNamespace !== undefined && { networkNamespace }),
  }
}

/** Whether a process still runs, as far as `self` can see: not into other pid namespaces, and nowhere without `/proc`. */
export async function stateOfProcess(
  other: ProcessIdentity,
  self: ProcessIdentity,
): Promise<'running' | 'ended' | 'unknown'> {
  if (other.bootId === undefined || other.startTicks === undefined || self.bootId === undefined) {
    return 'unknown'
  }
  if (other.bootId !== self.bootId) return other.host === self.host ? 'ended' : 'unknown'
  // A namespace may still see the /proc of its parent, where its numbers mean other processes.
  const seesItself = (await orUndefined(readlink('/proc/self'))) === String(self.pid)
  if (other.pidNamespace !== self.pidNamespace || !seesItself) return 'unknown'
  try {
    const stat = parseStat(await readFile(`/proc/${other.pid}/stat`, 'utf8'))
    if (stat === undefined) return 'unknown'
    return stat.startTicks === other.startTicks && !stat.dead ? 'running' : 'ended'
  } catch (error) {
    return ['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '') ? 'ended' : 'unknown'
  }
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; the second is a name in parentheses, which may hold spaces and parentheses. */
export function parseStat(stat: string): { readonly dead: boolean; readonly startTicks: number } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const startTicks = Number(fields[19])
  if (!Number.isSafeInteger(startTicks)) return undefined
  // Z and X: it was killed, and only waits for its parent to take note.
  return { dead: /^[ZXx]/.test(fields[0] ?? ''), startTicks }
}

const orUndefined = async (text: Promise<string>): Promise<string | undefined> => text.catch(() => undefined)
