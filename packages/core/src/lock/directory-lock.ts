import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'

import { takeKernelLock } from './kernel-lock.ts'
import type { LockFile, LockOwner } from './lock-file.ts'
import { readLockFile, takeLockFile } from './lock-file.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { identifyProcess, stateOfProcess } from './process-identity.ts'

/** Another process has the folder, or another user of it in this one. The message is a sentence without a code. */
export class DirectoryLockedError extends Error {
  /** `'DirectoryLockedError'`. */
  override readonly name = 'DirectoryLockedError'
  /** `'DIRECTORY_LOCKED'`. */
  readonly code = 'DIRECTORY_LOCKED'
  /** The folder and, where it is known, the process. */
  readonly facts: Readonly<Record<string, string | number>>

  constructor(message: string, facts: Readonly<Record<string, string | number>>) {
    super(message)
    this.facts = facts
  }
}

/** The right to write into a folder. */
export interface DirectoryLock {
  /**
   * Whether nobody has taken the folder over; once `false`, always `false`. One synchronous look at a name, about 1 us, to be
   * had after each commit and before it is acknowledged.
   */
  held(): boolean
  release(): Promise<void>
}

/**
 * Keeps other writers out of a folder. A socket does, as long as the kernel shows it to both: it ends with its process. Where
 * it does not, the file LOCK tells who the owner is, and the folder is refused while that process runs. Where that cannot be
 * seen either (another pid namespace: two containers that share a volume), the newcomer takes the folder over and the former
 * owner is fenced: at most one of them has its records counted. Hosts that share a network file system are not kept apart
 * reliably, because each may see an old state of LOCK. Whoever deletes LOCK stops the writer.
 *
 * Rejects with a {@link DirectoryLockedError}, or with the error of the file system.
 */
export async function lockDirectory(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<DirectoryLock> {
  // The name is looked up later, when the process may have changed its folder.
  const path = resolve(directory, 'LOCK')
  const kernelLock = await takeKernelLock(directory, platform)
  if (kernelLock === undefined) throw await lockedError(directory, path)
  try {
    const self = { ...(await identifyProcess()), folder: kernelLock.folder, token: randomUUID() }
    const file = (await isOwnedElsewhere(path, self)) ? undefined : await takeLockFile(path, self)
    if (file === undefined) throw await lockedError(directory, path)
    return fencedLock(file, () => kernelLock.release())
  } catch (error) {
    await kernelLock.release()
    throw error
  }
}

/**
 * The right to use one name within a folder, such as the cursor of a subscriber; `undefined` where another process or another
 * user of it in this process has it. Like the socket of {@link lockDirectory}, it is seen within one network namespace.
 */
export async function lockName(
  directory: string,
  name: string,
  platform: NodeJS.Platform = process.platform,
): Promise<DirectoryLock | undefined> {
  const kernelLock = await takeKernelLock(directory, platform, name)
  return kernelLock && { held: () => true, release: () => kernelLock.release() }
}

/**
 * Why a writer that lost the folder, and was stopped meanwhile, acknowledges nothing that is not delivered: an owner writes,
 * then looks whether its LOCK is in place, then acknowledges. A newcomer puts its own LOCK in place, then reads the files.
 * A record whose writer still saw its LOCK was therefore written before the scan, which finds it; any other is not acknowledged.
 */
function fencedLock(file: LockFile, releaseSocket: () => Promise<void>): DirectoryLock {
  let released: Promise<void> | undefined
  const release = async (): Promise<void> => {
    // The file first: whoever gets the socket must not find the name of a process that runs.
    await file.remove().catch(() => undefined)
    await releaseSocket()
  }
  return { held: () => file.held(), release: () => (released ??= release()) }
}

/**
 * Whether a process in another network namespace has the folder; one in this namespace would have kept its socket. In doubt it
 * is not: a takeover is safe, and a LOCK that nobody stands behind would keep the folder shut for ever.
 */
async function isOwnedElsewhere(path: string, self: LockOwner): Promise<boolean> {
  const owner = await readLockFile(path)
  if (owner === undefined || owner.folder !== self.folder) return false
  return owner.networkNamespace !== self.networkNamespace && (await stateOfProcess(owner, self)) === 'running'
}

async function lockedError(directory: string, path: string): Promise<DirectoryLockedError> {
  const self = await identifyProcess()
  const owner = await runningOwner(path, self)
  const place =
    owner === undefined || owner.host === self.host || owner.host === '' ? '' : ` on ${owner.host}`
  return new DirectoryLockedError(
    `${directory} is open in ${owner === undefined ? 'another process' : `process ${owner.pid}${place}`}; close it there or use another folder`,
    owner === undefined ? { directory } : { directory, pid: owner.pid },
  )
}

/** LOCK may still name an earlier owner, when the present one is only about to write it. */
async function runningOwner(path: string, self: ProcessIdentity): Promise<LockOwner | undefined> {
  const owner = await readLockFile(path)
  return owner !== undefined && (await stateOfProcess(owner, self)) !== 'ended' ? owner : undefined
}
