import { close, constants, fstat, lstatSync, open, read, writeFile } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

import { codeOf } from '../files/error-code.ts'
import type { ProcessIdentity } from './process-identity.ts'

// Plain descriptors: a FileHandle would be closed when a journal that nobody closed is collected.
const openFd = promisify(open)

const closeFd = promisify(close)

const statFd = promisify(fstat)

const readFd = promisify(read)

const writeFd = promisify(writeFile)

const maxBytes = 4096

/** What a LOCK file says. */
export interface LockOwner extends ProcessIdentity {
  /** Device and inode of the folder; a copy of the folder does not have the owner that its LOCK names. */
  readonly folder: string
  /** Random: tells two owners apart in a report. */
  readonly token: string
}

/** A LOCK file that this process has put in place. */
export interface LockFile {
  /** Whether it is still there. */
  held(): boolean
  /** Removes it where it is still there. */
  remove(): Promise<void>
}

/** The owner that a LOCK file names, or `undefined` where it does not name one that can be understood. */
export async function readLockFile(path: string): Promise<LockOwner | undefined> {
  try {
    // Not waiting for a writer, should somebody have put a named pipe there.
    const fd = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { bytesRead, buffer } = await readFd(fd, Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, null)
      return bytesRead > maxBytes ? undefined : parseOwner(buffer.toString('utf8', 0, bytesRead))
    } finally {
      await closeFd(fd)
    }
  } catch {
    return undefined
  }
}

function parseOwner(text: string): LockOwner | undefined {
  const owner = JSON.parse(text) as Partial<Record<keyof LockOwner, unknown>> | null
  if (typeof owner?.pid !== 'number' || !Number.isSafeInteger(owner.pid) || owner.pid < 1) return undefined
  // What else is missing or of another type never equals what it is compared with.
  return { ...owner, host: typeof owner.host === 'string' ? owner.host : '' } as LockOwner
}

/**
 * Puts a LOCK file in the place of whichever is there. `undefined`: another process did the same at this moment, and won.
 * A full disk does not keep anybody out, because readers have to make room: without a file the lock is held until somebody
 * else puts one there.
 */
export async function takeLockFile(path: string, owner: LockOwner): Promise<LockFile | undefined> {
  const created = `${path}.new`
  let fd: number | undefined
  try {
    await rm(created, { force: true })
    fd = await openFd(created, 'wx', 0o644)
    await writeOwner(fd, owner)
    // Somebody else may have removed or moved it: whose file is in place now decides.
    await rename(created, path).catch(unless('ENOENT'))
    const file = lockFile(path, fd, (await statFd(fd, { bigint: true })).ino)
    if (file.held()) return file
  } catch (error) {
    if (fd !== undefined) {
      await closeFd(fd)
      await rm(created, { force: true }).catch(() => undefined)
    } else if (codeOf(error) === 'EEXIST') return undefined
    if (!isFull(error)) throw error
    await rm(path, { force: true })
    return lockFile(path)
  }
  await closeFd(fd)
  return undefined
}

/** On a full disk an empty file does: it fences as well, and only does not say whose it is. */
async function writeOwner(fd: number, owner: LockOwner): Promise<void> {
  try {
    await writeFd(fd, `${JSON.stringify(owner)}\n`)
  } catch (error) {
    if (!isFull(error)) throw error
  }
}

function lockFile(path: string, fd?: number, inode?: bigint): LockFile {
  let lost = false
  // By its name, not by its number of links: a backup of hard links keeps that above zero. While the descriptor is open no
  // other file gets the same inode.
  const held = (): boolean => {
    try {
      lost ||= lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino !== inode
    } catch {
      lost = true
    }
    return !lost
  }
  const remove = async (): Promise<void> => {
    const inPlace = fd !== undefined && held()
    lost = true
    if (fd !== undefined) await closeFd(fd)
    if (inPlace) await rm(path, { force: true })
  }
  return { held, remove }
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')

const unless =
  (code: string) =>
  (error: unknown): void => {
    if (codeOf(error) !== code) throw error
  }
