import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import type { Server } from 'node:net'
import { hostname } from 'node:os'

import { codeOf, JournalError } from '../errors.ts'

/** Lets the folder go. */
export type Unlock = () => Promise<void>

/**
 * Keeps other writers out of a folder with a local socket: the kernel lets it go when the process ends, however it ends.
 * Linux has sockets that are only names (within one network namespace), Windows has pipes; elsewhere it is a file, taken over
 * when nobody answers.
 */
export async function lockDirectory(
  directory: string,
  platform: NodeJS.Platform = process.platform,
): Promise<Unlock> {
  const { dev, ino } = await stat(directory, { bigint: true })
  const address =
    platform === 'linux'
      ? `\0tocsin-journal:${dev.toString()}:${ino.toString()}`
      : platform === 'win32'
        ? `\\\\.\\pipe\\tocsin-journal-${dev.toString()}-${ino.toString()}`
        : `${directory}/LOCK.socket`
  const server = (await listen(address)) ?? (await takeOver(address))
  if (server === undefined) throw await lockedError(directory)
  // Only for the message of the next one who tries.
  const owner = JSON.stringify({ pid: process.pid, host: hostname() })
  await writeFile(`${directory}/LOCK`, `${owner}\n`).catch(() => undefined)
  return async () => {
    await rm(`${directory}/LOCK`, { force: true }).catch(() => undefined)
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

async function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    // Exclusive: the workers of a cluster would share it otherwise.
    server.listen({ path: address, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** A socket file stays behind when its process is killed; nobody answers then. */
async function takeOver(address: string): Promise<Server | undefined> {
  if (!address.endsWith('/LOCK.socket')) return undefined
  const answered = await new Promise<boolean>((resolve) => {
    const socket = createConnection({ path: address })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (answered) return undefined
  await rm(address, { force: true })
  return listen(address)
}

async function lockedError(directory: string): Promise<JournalError> {
  const owner = await readFile(`${directory}/LOCK`, 'utf8').catch(() => '')
  const pid = Number(/"pid":(\d{1,10})/.exec(owner)?.[1])
  const who = Number.isSafeInteger(pid) ? `process ${pid}` : 'another process'
  return new JournalError(
    'JOURNAL_LOCKED',
    `${directory} is open in ${who}; close it there or use another folder`,
    Number.isSafeInteger(pid) ? { directory, pid } : { directory },
  )
}
