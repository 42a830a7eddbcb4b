import type { FileSystem, OpenFile, OpenMode } from '../file-system.ts'

/** Bytes that grow. */
interface Contents {
  bytes: Uint8Array
  size: number
}

interface MemoryFile {
  /** What a reader sees. */
  readonly seen: Contents
  /** What a power cut leaves for certain. */
  readonly synced: Contents
  /** Writes since the last sync, in order. */
  unsynced: { position: number; bytes: Uint8Array }[]
}

const empty = (): Contents => ({ bytes: new Uint8Array(0), size: 0 })
const view = ({ bytes, size }: Contents): Uint8Array => bytes.subarray(0, size)

/** A file system in memory that can lose power. */
export interface MemoryFileSystem extends FileSystem {
  /**
   * What a disk may hold after a power cut now: names and bytes that were synced, and of the writes since then those that
   * `keeps` picks, each perhaps only in part.
   */
  powerCut(keeps: (bytes: Uint8Array) => Uint8Array | undefined): MemoryFileSystem
  /** The bytes of a file, to damage them. */
  contents(path: string): Uint8Array
  /** Makes calls of one operation fail until the returned function is called. */
  fail(operation: 'write' | 'sync' | 'open' | 'rename' | 'read', code: string): () => void
  /** How often something was made durable. */
  readonly syncs: number
}

const error = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code })
const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

/** A file system for tests: everything resolves without timers or threads, so virtual time drives it. */
export function memoryFileSystem(
  files: Map<string, MemoryFile> = new Map(),
  folders: Set<string> = new Set(),
): MemoryFileSystem {
  const durableNames = new Map(files)
  const failing = new Map<string, string>()
  let syncs = 0

  const check = (operation: string, path: string): void => {
    const code = failing.get(operation)
    if (code !== undefined) throw error(code, path)
  }

  const openFile = (file: MemoryFile, path: string, mode: OpenMode): OpenFile => ({
    read: async (into, position) => {
      check('read', path)
      const part = view(file.seen).subarray(position, position + into.length)
      into.set(part)
      return part.length
    },
    write: async (bytes, position) => {
      check('write', path)
      if (mode === 'read') throw error('EBADF', path)
      store(file.seen, position, bytes)
      if (mode === 'durable') {
        check('sync', path)
        syncs += 1
        store(file.synced, position, bytes)
      } else file.unsynced.push({ position, bytes: bytes.slice() })
    },
    sync: async () => {
      check('sync', path)
      syncs += 1
      for (const write of file.unsynced) store(file.synced, write.position, write.bytes)
      file.unsynced = []
    },
    truncate: async (size) => {
      check('write', path)
      for (const contents of [file.seen, file.synced]) resize(contents, size)
      file.unsynced = file.unsynced.flatMap((write) =>
        write.position < size ? [{ ...write, bytes: write.bytes.slice(0, size - write.position) }] : [],
      )
    },
    size: async () => file.seen.size,
    close: async () => undefined,
  })

  return {
    get syncs() {
      return syncs
    },
    makeDirectory: async (path) => {
      for (let at = path; at !== ''; at = parent(at)) folders.add(at)
    },
    list: async (path) => {
      if (!folders.has(path)) throw error('ENOENT', path)
      const inside = [...files.keys(), ...folders].filter((name) => parent(name) === path)
      return inside.map((name) => name.slice(path.length + 1)).sort()
    },
    readFile: async (path) => {
      check('read', path)
      const file = files.get(path)
      return file === undefined ? undefined : view(file.seen).slice()
    },
    open: async (path, mode) => {
      check('open', path)
      const known = files.get(path)
      if (mode === 'create' && known !== undefined) throw error('EEXIST', path)
      if (mode !== 'create' && known === undefined) throw error('ENOENT', path)
      if (!folders.has(parent(path))) throw error('ENOENT', path)
      const file = known ?? { seen: empty(), synced: empty(), unsynced: [] }
      files.set(path, file)
      return openFile(file, path, mode)
    },
    rename: async (from, to) => {
      check('rename', from)
      const file = files.get(from)
      if (file === undefined) throw error('ENOENT', from)
      files.delete(from)
      files.set(to, file)
    },
    renameNew: async (from, to) => {
      check('rename', from)
      const file = files.get(from)
      if (file === undefined) throw error('ENOENT', from)
      if (files.has(to)) throw error('EEXIST', to)
      files.delete(from)
      files.set(to, file)
    },
    remove: async (path) => {
      files.delete(path)
    },
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
    syncDirectory: async (path) => {
      check('sync', path)
      syncs += 1
      for (const name of [...durableNames.keys()])
        if (parent(name) === path && !files.has(name)) durableNames.delete(name)
      for (const [name, file] of files) if (parent(name) === path) durableNames.set(name, file)
    },
    contents: (path) => {
      const file = files.get(path)
      if (file === undefined) throw error('ENOENT', path)
      return view(file.seen)
    },
    fail: (operation, code) => {
      failing.set(operation, code)
      return () => failing.delete(operation)
    },
    powerCut: (keeps) => {
      const survived = new Map<string, MemoryFile>()
      for (const [name, file] of durableNames) {
        const left = view(file.synced).slice()
        const after = { bytes: left, size: left.length }
        for (const write of file.unsynced) {
          const kept = keeps(write.bytes)
          if (kept !== undefined) store(after, write.position, kept)
        }
        survived.set(name, {
          seen: after,
          synced: { bytes: view(after).slice(), size: after.size },
          unsynced: [],
        })
      }
      return memoryFileSystem(survived, new Set(folders))
    },
  }
}

function store(contents: Contents, position: number, bytes: Uint8Array): void {
  const end = position + bytes.length
  if (end > contents.bytes.length) {
    const larger = new Uint8Array(Math.max(end, contents.bytes.length * 2))
    larger.set(view(contents))
    contents.bytes = larger
  }
  contents.bytes.set(bytes, position)
  contents.size = Math.max(contents.size, end)
}

function resize(contents: Contents, size: number): void {
  const bytes = new Uint8Array(size)
  bytes.set(view(contents).subarray(0, size))
  contents.bytes = bytes
  contents.size = size
}
