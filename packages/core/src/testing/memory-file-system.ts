import type { FileSystem, OpenFile, OpenMode } from '../ports/file-system.ts'
import type { FaultOptions, FileOperation } from './faults.ts'
import { createFaults, fileError } from './faults.ts'
import type { Entry, MemoryDisk } from './memory-disk.ts'
import { addFolder, checkFolder, fileAt, freeBytes, isFile } from './memory-disk.ts'
import { copyFile, newFile, view } from './memory-file.ts'
import { memoryNames, parentOf } from './memory-names.ts'
import { createProcess } from './memory-process.ts'
import type { MemorySystem } from './open-memory-file.ts'
import { openMemoryFile, readBytes } from './open-memory-file.ts'
import type { BytesChoice, PowerCut } from './power-cut.ts'
import { fileAfterPowerCut, keepsFolders } from './power-cut.ts'

/** A file system in memory that can fail, fill up, stop and lose power. */
export interface MemoryFileSystem extends FileSystem {
  /**
   * What a disk may hold after a power cut now: what was synced, and of the rest what the choices keep. A function is the
   * choice of writes alone. Leaves this file system as it is, so that many cuts can be tried.
   */
  powerCut(choices: PowerCut | BytesChoice): MemoryFileSystem
  /**
   * What the next process finds after this one was killed: all that was done, synced or not, and a power cut then still
   * loses what was not. Without faults; capacity and bad sectors stay.
   */
  processKill(): MemoryFileSystem
  /**
   * The n-th operation that changes something (see `operations`) and all later ones never resolve, as in a process that
   * is gone, and are not done. A write among them is under way: of the n-th, `stored` bytes are in the file already, and
   * a power cut asks about the rest as about any write.
   */
  stopAt(operation: number, options?: { readonly stored?: number }): void
  /**
   * Operations so far that change something: `makeDirectory`, `open` with `'create'`, `write`, `truncate`, `sync`,
   * `rename`, `renameNew`, `link`, `remove` and `syncDirectory`, failed or not.
   */
  readonly operations: number
  /** Makes calls of one operation fail until the returned function is called. */
  fail(operation: FileOperation, code: string, which?: FaultOptions): () => void
  /** Room for all files together, by their sizes; the part of a write that fits is stored. Unlimited at first. */
  setCapacity(bytes: number): void
  /** Reading one of these bytes fails with `EIO` until it is written again. */
  badSectors(path: string, from: number, to: number): void
  /** The bytes of a file, to damage them. */
  contents(path: string): Uint8Array
  /** How often something was made durable. */
  readonly syncs: number
}

/** A file system for tests: everything resolves without timers or threads, so virtual time drives it. */
export const memoryFileSystem = (): MemoryFileSystem => onDisk(newDisk(memoryNames(), Infinity))

const newDisk = (names: MemoryDisk['names'], capacity: number): MemoryDisk => ({
  names,
  capacity,
  openFiles: new Map(),
})

function onDisk(disk: MemoryDisk): MemoryFileSystem {
  const system = { disk, faults: createFaults(), process: createProcess() }
  return {
    ...reading(system),
    ...changing(system),
    get syncs() {
      return system.process.syncs
    },
    get operations() {
      return system.process.operations
    },
    powerCut: (choices) => afterPowerCut(disk, typeof choices === 'function' ? { write: choices } : choices),
    processKill: () => {
      const copyOf = (entry: Entry): Entry => (isFile(entry) ? copyFile(entry) : entry)
      return onDisk(newDisk(disk.names.copy(copyOf), disk.capacity))
    },
    stopAt: (operation, { stored = 0 } = {}) => system.process.stopAt(operation, stored),
    fail: system.faults.add,
    setCapacity: (bytes) => {
      disk.capacity = bytes
    },
    badSectors: (path, from, to) => {
      const file = fileAt(disk, path)
      file.badRanges = [...file.badRanges, { from, to }]
    },
    contents: (path) => view(fileAt(disk, path).seen),
  }
}

function afterPowerCut({ names, capacity }: MemoryDisk, choices: PowerCut): MemoryFileSystem {
  const left = names.afterPowerCut(choices.name ?? keepsFolders)
  // A file with two names is asked about once.
  const files = new Map<Entry, Entry>()
  const survived = new Map<string, Entry>()
  for (const [path, entry] of left) {
    const file = files.get(entry) ?? (isFile(entry) ? fileAfterPowerCut(entry, path, choices) : entry)
    files.set(entry, file)
    survived.set(path, file)
  }
  return onDisk(newDisk(memoryNames(survived), capacity))
}

type Reading = Pick<FileSystem, 'list' | 'readFile' | 'freeBytes'>

function reading(system: MemorySystem): Reading {
  const { disk, faults } = system
  return {
    list: async (path) => {
      const folder = folderName(path)
      faults.check('list', path)
      checkFolder(disk, folder)
      const inside = [...disk.names.seen.keys()].filter((name) => parentOf(name) === folder)
      return inside.map((name) => name.slice(name.lastIndexOf('/') + 1)).sort()
    },
    readFile: async (path) => {
      if (!disk.names.seen.has(path)) {
        faults.check('read', path)
        return undefined
      }
      return readBytes(system, { file: fileAt(disk, path), path }, 0, Infinity).slice()
    },
    freeBytes: async (path) => {
      faults.check('freeBytes', path)
      return freeBytes(disk)
    },
  }
}

function changing(system: MemorySystem): Omit<FileSystem, keyof Reading> {
  const { disk, faults, process } = system
  const { names } = disk
  const rename = (operation: 'rename' | 'renameNew', from: string, to: string): void => {
    faults.check(operation, from, to)
    const file = fileAt(disk, from)
    checkFolder(disk, parentOf(to))
    if (operation === 'renameNew' && names.seen.has(to)) throw fileError('EEXIST', to)
    if (names.seen.has(to)) fileAt(disk, to)
    // Of two names of one file a rename leaves both.
    if (names.seen.get(to) !== file) names.change({ kind: 'rename', from, to }, file)
  }
  const open = (path: string, mode: OpenMode): OpenFile => {
    faults.check('open', path)
    if (mode === 'create') {
      if (names.seen.has(path)) throw fileError('EEXIST', path)
      checkFolder(disk, parentOf(path))
      names.change({ kind: 'create', path }, newFile())
    }
    return openMemoryFile(system, { file: fileAt(disk, path), path, mode })
  }
  return {
    makeDirectory: (path) =>
      process.change(() => {
        faults.check('makeDirectory', path)
        addFolder(disk, folderName(path))
      }),
    open: async (path, mode) =>
      mode === 'create' ? process.change(() => open(path, mode)) : open(path, mode),
    rename: (from, to) => process.change(() => rename('rename', from, to)),
    renameNew: (from, to) => process.change(() => rename('renameNew', from, to)),
    link: (from, to) =>
      process.change(() => {
        faults.check('link', from, to)
        const file = fileAt(disk, from)
        checkFolder(disk, parentOf(to))
        if (names.seen.has(to)) throw fileError('EEXIST', to)
        names.change({ kind: 'create', path: to }, file)
      }),
    remove: (path) =>
      process.change(() => {
        faults.check('remove', path)
        if (!names.seen.has(path)) return
        names.change({ kind: 'remove', path }, fileAt(disk, path))
      }),
    syncDirectory: (path) =>
      process.change(() => {
        faults.check('sync', path)
        checkFolder(disk, folderName(path))
        process.syncs += 1
        names.sync(folderName(path))
      }),
  }
}

/** The folder that everything is in has no name here. */
const folderName = (path: string): string => (path === '.' || path === '/' ? '' : path)
