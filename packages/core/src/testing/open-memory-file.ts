import type { OpenFile, OpenMode } from '../ports/file-system.ts'
import type { Faults } from './faults.ts'
import { fileError } from './faults.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { fittingBytes, freeBytes } from './memory-disk.ts'
import type { MemoryFile } from './memory-file.ts'
import { dropPages, isBad, resize, syncFile, view, writeTo } from './memory-file.ts'
import type { MemoryProcess } from './memory-process.ts'

export interface MemorySystem {
  readonly disk: MemoryDisk
  readonly faults: Faults
  readonly process: MemoryProcess
}

interface Handle {
  readonly file: MemoryFile
  readonly path: string
  readonly mode: OpenMode
}

export function openMemoryFile(system: MemorySystem, handle: Handle): OpenFile {
  const { disk, faults, process } = system
  const { file, path, mode } = handle
  disk.openFiles.set(handle, file)
  const isOpen = (): boolean => disk.openFiles.has(handle)
  const checkOpen = (): void => {
    if (!isOpen()) throw fileError('EBADF', path)
  }
  return {
    read: async (into, position) => {
      checkOpen()
      const part = readBytes(system, handle, position, position + into.length)
      into.set(part)
      return part.length
    },
    write: (bytes, position) =>
      process.change(
        () => {
          checkOpen()
          writeBytes(system, handle, bytes, position)
        },
        (stored) => {
          if (!isOpen() || mode === 'read') return
          writeTo(file, position, bytes.subarray(0, stored), 'dirty')
          if (stored < bytes.length)
            file.underWay.push({ position: position + stored, bytes: bytes.slice(stored) })
        },
      ),
    sync: () =>
      process.change(() => {
        checkOpen()
        syncBytes(system, handle)
      }),
    truncate: (size) =>
      process.change(() => {
        checkOpen()
        truncateBytes(system, handle, size)
      }),
    size: async () => {
      checkOpen()
      faults.check('size', path)
      return file.seen.size
    },
    close: async () => {
      disk.openFiles.delete(handle)
      faults.check('close', path)
    },
  }
}

export function readBytes(
  { faults }: Pick<MemorySystem, 'faults'>,
  { file, path }: Pick<Handle, 'file' | 'path'>,
  from: number,
  to: number,
): Uint8Array {
  faults.check('read', path)
  if (isBad(file, from, to)) throw fileError('EIO', path)
  return view(file.seen).subarray(from, to)
}

function writeBytes(
  { disk, faults, process }: MemorySystem,
  { file, path, mode }: Handle,
  bytes: Uint8Array,
  position: number,
): void {
  if (mode === 'read') throw fileError('EBADF', path)
  const fault = faults.find('write', path)
  const fits = fittingBytes(disk, file, position, bytes.length)
  if (fault !== undefined || fits < bytes.length) {
    writeTo(file, position, bytes.subarray(0, Math.min(fits, fault?.stored ?? fits)), 'dirty')
    throw fileError(fault?.code ?? 'ENOSPC', path)
  }
  const unsynced = mode === 'durable' ? faults.find('sync', path) : undefined
  if (unsynced !== undefined) {
    writeTo(file, position, bytes, unsynced.drops ? 'dropped' : 'dirty')
    throw fileError(unsynced.code, path)
  }
  writeTo(file, position, bytes, mode === 'durable' ? 'synced' : 'dirty')
  if (mode === 'durable') process.syncs += 1
}

function syncBytes({ faults, process }: MemorySystem, { file, path }: Handle): void {
  const fault = faults.find('sync', path)
  if (fault !== undefined) {
    if (fault.drops) dropPages(file)
    throw fileError(fault.code, path)
  }
  process.syncs += 1
  syncFile(file)
}

function truncateBytes({ disk, faults }: MemorySystem, { file, path, mode }: Handle, size: number): void {
  if (mode === 'read') throw fileError('EINVAL', path)
  faults.check('truncate', path)
  if (size - file.seen.size > freeBytes(disk)) throw fileError('ENOSPC', path)
  if (size !== file.seen.size) resize(file, size, 'dirty')
}
