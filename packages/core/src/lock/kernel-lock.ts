import { createHash } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import type { Server } from 'node:net'
import { createConnection, createServer } from 'node:net'

import { codeOf } from '../files/error-code.ts'

export interface KernelLock {
  /** Device and inode of the folder: its name for the kernel. */
  readonly folder: string
  release(): Promise<void>
}

/**
 * A local socket, which the kernel lets go when the process ends, however it ends: on Linux a name without a file (seen within
 * one network namespace), on Windows a pipe, elsewhere a file that is taken over when nobody answers. `name` tells several
 * locks of a folder apart. `undefined`: it is taken.
 */
export async function takeKernelLock(
  directory: string,
  platform: NodeJS.Platform,
  name?: string,
): Promise<KernelLock | undefined> {
  const { dev, ino } = await stat(directory, { bigint: true })
  const folder = `${dev}:${ino}`
  // Hashed, because the system limits how long the name of a socket is, and which signs a pipe may have.
  const part = name === undefined ? '' : createHash('sha256').update(name).digest('hex').slice(0, 32)
  const file = `${directory}/LOCK${part && `.${part}`}.socket`
  const suffix = part && `:${part}`
  let server: Server | undefined
  if (platform === 'linux') server = await listen(`\0tocsin-journal:${folder}${suffix}`)
  else if (platform === 'win32') server = await listen(`\\\\.\\pipe\\tocsin-journal-${dev}-${ino}-${part}`)
  else server = (await listen(file)) ?? (await takeOver(file))
  if (server === undefined) return undefined
  const listening = server
  const release = (): Promise<void> => new Promise((resolve) => listening.close(() => resolve()))
  return { folder, release }
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
      // A caller who cannot be accepted, for want of descriptors, does not matter.
      server.on('error', () => undefined)
      server.unref()
      resolve(server)
    })
  })
}

/** A socket file stays behind when its process is killed; nobody answers then. */
async function takeOver(address: string): Promise<Server | undefined> {
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
