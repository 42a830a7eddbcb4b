import { stat } from 'node:fs/promises'
import type { FileSystem } from '@tocsin/core'
import { identifyProcess, readLockFile, stateOfProcess } from '@tocsin/core/lock'

import { cursorName, cursorSubscriber, openCursor } from '../cursors/cursor-file.ts'
import { codeOf, JournalError, messageOf } from '../errors.ts'

/** The position of a subscriber, as its file says. */
export interface StoredCursor {
  readonly name: string
  /** `undefined` where the file cannot be read; the subscriber then starts again at the oldest record. */
  readonly ackedSeq: number | undefined
  /** Why not. */
  readonly problem: string | undefined
}

/** Every cursor in the folder of a journal. */
export async function storedCursors(
  fileSystem: FileSystem,
  directory: string,
  journalId: string,
): Promise<readonly StoredCursor[]> {
  const folder = `${directory}/subscribers`
  const cursors: StoredCursor[] = []
  for (const fileName of await listed(fileSystem, folder)) {
    const name = cursorSubscriber(fileName)
    if (name === undefined) continue
    try {
      const { cursor, ackedSeq } = await openCursor(fileSystem, `${folder}/${cursorName(name)}`, journalId)
      await cursor.close()
      const problem = ackedSeq === undefined ? 'neither of its slots is sound' : undefined
      cursors.push({ name, ackedSeq, problem })
    } catch (error) {
      if (error instanceof JournalError) throw error
      // Removed meanwhile.
      if (codeOf(error) === 'ENOENT') continue
      cursors.push({ name, ackedSeq: undefined, problem: messageOf(error) })
    }
  }
  return cursors
}

/** Names in a folder; none where it is not there. */
export async function listed(fileSystem: FileSystem, folder: string): Promise<readonly string[]> {
  try {
    return await fileSystem.list(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) return []
    throw error
  }
}

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
