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
  const { folder, address, isFile } = await socketOf(directory, platform, name)
  const server = (await listen(address)) ?? (isFile ? await takeOver(address) : undefined)
  if (server === undefined) return undefined
  const listening = server
  const release = (): Promise<void> => new Promise((resolve) => listening.close(() => resolve()))
  return { folder, release }
}

/** Whether somebody has the lock of {@link takeKernelLock}; asking does not keep anybody from taking it. */
export async function isKernelLockTaken(
  directory: string,
  platform: NodeJS.Platform,
  name: string,
): Promise<boolean> {
  return answers((await socketOf(directory, platform, name)).address)
}

/** Hashed, because the system limits how long the name of a socket is, and which signs a pipe may have. */
export const lockPart = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32)

async function socketOf(
  directory: string,
  platform: NodeJS.Platform,
  name: string | undefined,
): Promise<{ folder: string; address: string; isFile: boolean }> {
  const { dev, ino } = await stat(directory, { bigint: true })
  const folder = `${dev}:${ino}`
  const part = name === undefined ? '' : lockPart(name)
  if (platform === 'linux') {
    return { folder, address: `\0tocsin-journal:${folder}${part && `:${part}`}`, isFile: false }
  }
  if (platform === 'win32') {
    return { folder, address: `\\\\.\\pipe\\tocsin-journal-${dev}-${ino}-${part}`, isFile: false }
  }
  return { folder, address: `${directory}/LOCK${part && `.${part}`}.socket`, isFile: true }
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
  if (await answers(address)) return undefined
  await rm(address, { force: true })
  return listen(address)
}

/** A process that is stopped or has no descriptor left answers too: its kernel does. */
async function answers(address: string): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const socket = createConnection({ path: address })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error) => {
      const code = codeOf(error) ?? ''
      if (['EMFILE', 'ENFILE', 'ENOMEM'].includes(code)) reject(error)
      // Of what else may be wrong, such as a queue that is full, only these two say that nobody is there.
      else resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT')
    })
  })
}
