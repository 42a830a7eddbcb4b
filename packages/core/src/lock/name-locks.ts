import { randomUUID } from 'node:crypto'
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises'

import { codeOf } from '../files/error-code.ts'
import type { DirectoryLock } from './directory-lock.ts'
import type { KernelLock } from './kernel-lock.ts'
import { isKernelLockTaken, lockPart, takeKernelLock } from './kernel-lock.ts'

/** Lines of a list that are not needed any more before it is written anew. */
const maxStaleLines = 1000

const unfinished = '.new'

/**
 * Takes names within a folder, as `lockName` does, with one descriptor for all of them. Who has taken one holds a socket of its
 * own, which ends with its process, and lists its names in a file named after that. A name is taken by its socket, which is
 * held only until it is in the list: nobody else takes the same name meanwhile, and whoever comes later finds it in a list.
 * A list whose socket nobody holds was left behind. Where no list can be written, on a full disk, the socket of the name is
 * kept instead.
 */
export function openNameLocks(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): (name: string) => Promise<DirectoryLock | undefined> {
  const folder = `${directory}/owners`
  const lists = createOwnList(directory, folder, platform)

  return async (name) => {
    const socket = await takeKernelLock(directory, platform, name)
    if (socket === undefined) return undefined
    try {
      const part = lockPart(name)
      if (lists.has(part) || (await isListed(directory, folder, platform, part, lists.id))) {
        await socket.release()
        return undefined
      }
      const release = await lists.add(part)
      if (release === undefined) return { held: () => true, release: () => socket.release() }
      await socket.release()
      return { held: () => true, release }
    } catch (error) {
      await socket.release()
      throw error
    }
  }
}

interface OwnList {
  /** Names the list, and the socket that stands for it. */
  readonly id: string
  has(part: string): boolean
  /** Puts a name into the list; gives what takes it off, `undefined` where the list cannot be written. */
  add(part: string): Promise<(() => Promise<void>) | undefined>
}

function createOwnList(directory: string, folder: string, platform: NodeJS.Platform): OwnList {
  const id = randomUUID()
  const path = `${folder}/${id}`
  const parts = new Set<string>()
  let lines = 0
  let socket: Promise<KernelLock | undefined> | undefined
  let turn: Promise<unknown> = Promise.resolve()

  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const run = turn.then(work)
    turn = run.catch(() => undefined)
    return run
  }
  const end = async (): Promise<void> => {
    const ended = socket
    socket = undefined
    lines = 0
    await rm(path, { force: true }).catch(() => undefined)
    await rmdir(folder).catch(() => undefined)
    await (await ended)?.release()
  }
  const write = (sign: '+' | '-', part: string): void => {
    // What a full disk took a part of is a line by itself.
    appendFileSync(path, `\n${sign}${part}\n`)
    lines += 1
  }
  const add = async (part: string): Promise<boolean> => {
    if (socket === undefined) {
      socket = takeKernelLock(directory, platform, `owner ${id}`)
      socket.catch(() => (socket = undefined))
      await socket
    }
    try {
      if (parts.size === 0) await makeFolder(folder)
      write('+', part)
    } catch {
      if (parts.size === 0) await end()
      return false
    }
    parts.add(part)
    return true
  }
  const remove = async (part: string): Promise<void> => {
    parts.delete(part)
    if (parts.size === 0) return end()
    try {
      write('-', part)
      if (lines > parts.size + maxStaleLines) compact()
    } catch {
      // It stays taken until the last name of the list goes.
    }
  }
  const compact = (): void => {
    writeFileSync(path + unfinished, [...parts].map((part) => `\n+${part}\n`).join(''))
    renameSync(path + unfinished, path)
    lines = parts.size
  }
  return {
    id,
    has: (part) => parts.has(part),
    add: async (part) => {
      if (!(await inTurn(() => add(part)))) return undefined
      let released: Promise<void> | undefined
      return () => (released ??= inTurn(() => remove(part)))
    },
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Whether the list of somebody else who is there holds the name. */
async function isListed(
  directory: string,
  folder: string,
  platform: NodeJS.Platform,
  part: string,
  ownId: string,
): Promise<boolean> {
  for (const id of await ifThere(readdir(folder), [])) {
    if (id === ownId || id.endsWith(unfinished)) continue
    const path = `${folder}/${id}`
    if (!listsName(await ifThere(readFile(path, 'utf8'), ''), part)) continue
    if (await isKernelLockTaken(directory, platform, `owner ${id}`)) return true
    await rm(path, { force: true })
  }
  return false
}

/** The last whole line of a name decides. */
function listsName(list: string, part: string): boolean {
  const lines = list.split('\n')
  const last = lines.findLastIndex((line) => line.length === part.length + 1 && line.endsWith(part))
  return last >= 0 && last < lines.length - 1 && lines[last]?.startsWith('+') === true
}

async function ifThere<R>(found: Promise<R>, otherwise: R): Promise<R> {
  try {
    return await found
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return otherwise
    throw error
  }
}
