import { close, constants, fdatasync, fstat, ftruncate, open, read, write } from 'node:fs'
import {
  link,
  mkdir,
  open as openHandle,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

import type { FileSystem, OpenFile } from './ports/file-system.ts'

// Plain descriptors: a FileHandle costs about twice as much per call.
const openFd = promisify(open)
const closeFd = promisify(close)
const syncFd = promisify(fdatasync)
const truncateFd = promisify(ftruncate)
const statFd = promisify(fstat)
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = constants
/** Windows has no such flag; there every write is followed by a sync. */
const synchronous = (constants as { readonly O_DSYNC?: number }).O_DSYNC ?? 0
const flags = {
  read: O_RDONLY,
  update: O_RDWR,
  durable: O_RDWR | synchronous,
  create: O_RDWR | O_CREAT | O_EXCL,
} as const

const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined

/** The files of the machine. */
export const nodeFileSystem: FileSystem = {
  makeDirectory,
  list: async (path) => (await readdir(path)).sort(),
  readFile: async (path) => {
    try {
      return await readFile(path)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined
      throw error
    }
  },
  open: async (path, mode) => {
    const file = openFile(await openFd(path, flags[mode], 0o640), path)
    return mode === 'durable' && synchronous === 0 ? syncedFile(file) : file
  },
  rename,
  renameNew: async (from, to) => {
    await link(from, to)
    await unlink(from)
  },
  link,
  remove: (path) => rm(path, { force: true }),
  syncDirectory: async (path) => {
    // Windows cannot open a folder; there a rename is durable by itself.
    if (process.platform === 'win32') return
    const handle = await openHandle(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}

/** Node's own recursive form never returns where a system keeps answering ENOENT, as /proc does. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeDirectory(dirname(path))
      await mkdir(path)
    } else if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) {
      throw error
    }
  }
}

function openFile(fd: number, path: string): OpenFile {
  return {
    read: (into, position) => readAll(fd, into, position),
    write: (bytes, position) => writeAll(fd, bytes, position, path),
    sync: () => syncFd(fd),
    truncate: (size) => truncateFd(fd, size),
    size: async () => (await statFd(fd)).size,
    close: () => closeFd(fd),
  }
}

const syncedFile = (file: OpenFile): OpenFile => ({
  ...file,
  write: async (bytes, position) => {
    await file.write(bytes, position)
    await file.sync()
  },
})

async function readAll(fd: number, into: Uint8Array, position: number): Promise<number> {
  let done = 0
  while (done < into.length) {
    const count = await new Promise<number>((resolve, reject) => {
      read(fd, into, done, into.length - done, position + done, (error, bytes) => {
        if (error) reject(error)
        else resolve(bytes)
      })
    })
    if (count === 0) break
    done += count
  }
  return done
}

async function writeAll(fd: number, bytes: Uint8Array, position: number, path: string): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const count = await new Promise<number>((resolve, reject) => {
      write(fd, bytes, done, bytes.length - done, position + done, (error, written) => {
        if (error) reject(error)
        else resolve(written)
      })
    })
    // A full disk may accept nothing without an error; trying for ever would hang the writer.
    if (count === 0) throw Object.assign(new Error(`nothing could be written to ${path}`), { code: 'ENOSPC' })
    done += count
  }
}
