import { fileError } from './faults.ts'
import type { MemoryFile } from './memory-file.ts'
import type { MemoryNames } from './memory-names.ts'
import { parentOf } from './memory-names.ts'

interface Folder {
  readonly isFolder: true
}

export type Entry = MemoryFile | Folder

export interface MemoryDisk {
  readonly names: MemoryNames<Entry>
  /** Bytes of all files together. */
  capacity: number
  /** By handle. Removed files take room as long as they are open. */
  readonly openFiles: Map<object, MemoryFile>
}

export const isFile = (entry: Entry | undefined): entry is MemoryFile =>
  entry !== undefined && !('isFolder' in entry)

/** Errors as `open` gives them. */
export function fileAt({ names }: MemoryDisk, path: string): MemoryFile {
  const entry = names.seen.get(path)
  if (entry === undefined) throw fileError('ENOENT', path)
  if (!isFile(entry)) throw fileError('EISDIR', path)
  return entry
}

export function checkFolder({ names }: MemoryDisk, path: string): void {
  const entry = names.seen.get(path)
  if (path !== '' && entry === undefined) throw fileError('ENOENT', path)
  if (isFile(entry)) throw fileError('ENOTDIR', path)
}

export function addFolder(disk: MemoryDisk, path: string): void {
  if (path === '') return
  const entry = disk.names.seen.get(path)
  if (isFile(entry)) throw fileError('EEXIST', path)
  if (entry !== undefined) return
  const parent = parentOf(path)
  if (isFile(disk.names.seen.get(parent))) throw fileError('ENOTDIR', path)
  addFolder(disk, parent)
  disk.names.change({ kind: 'makeDirectory', path }, { isFolder: true })
}

export function freeBytes({ names, openFiles, capacity }: MemoryDisk): number {
  if (capacity === Infinity) return Number.MAX_SAFE_INTEGER
  const files = new Set([...[...names.seen.values()].filter(isFile), ...openFiles.values()])
  return Math.max(
    0,
    [...files].reduce((left, file) => left - file.seen.size, capacity),
  )
}

/** Bytes of so many that can be written there. */
export function fittingBytes(disk: MemoryDisk, file: MemoryFile, position: number, length: number): number {
  if (disk.capacity === Infinity || position + length <= file.seen.size) return length
  return Math.min(length, Math.max(0, file.seen.size + freeBytes(disk) - position))
}
