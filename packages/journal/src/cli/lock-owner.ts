import { stat } from 'node:fs/promises'

import { readLockFile } from '../disk/lock-file.ts'
import { identifyProcess, stateOfProcess } from '../disk/process-identity.ts'

/** Who has a journal open for writing. */
export interface StoredOwner {
  readonly pid: number
  readonly host: string
  /** Whether that process still runs, as far as can be seen from here. */
  readonly state: 'running' | 'ended' | 'unknown'
}

/** Whom LOCK names; `undefined` where there is none, or it came with a copy of the folder. The lock itself is not touched. */
export async function lockOwner(directory: string): Promise<StoredOwner | undefined> {
  const owner = await readLockFile(`${directory}/LOCK`)
  if (owner === undefined) return undefined
  const { dev, ino } = await stat(directory, { bigint: true })
  if (owner.folder !== `${dev}:${ino}`) return undefined
  return { pid: owner.pid, host: owner.host, state: await stateOfProcess(owner, await identifyProcess()) }
}

/** A sentence about it. */
export function describeOwner(owner: StoredOwner | undefined): string {
  if (owner === undefined) return 'nobody'
  const { pid, host, state } = owner
  const which = `process ${pid}${host === '' ? '' : ` on ${host}`}`
  return state === 'ended'
    ? `nobody; ${which} ended without closing it`
    : `${which}${state === 'unknown' ? ', perhaps' : ''}`
}
