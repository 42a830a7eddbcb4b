/** The few operations that durable state needs. Faults and power cuts are injected here; paths use `/`. */
export interface FileSystem {
  /** Makes the folder and its parents; no error when it is there. */
  makeDirectory(path: string): Promise<void>
  /** Names in the folder, sorted. */
  list(path: string): Promise<readonly string[]>
  /** The whole file, or `undefined` where there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** Errors carry node's `code`. */
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** Replaces the target in one step. Durable after {@link FileSystem.syncDirectory}. */
  rename(from: string, to: string): Promise<void>
  /** Like `rename`, but fails with `EEXIST` where the target is there. */
  renameNew(from: string, to: string): Promise<void>
  /** Gives a file a second name in a folder of the same disk; fails with `EEXIST` where that name is there. Durable like a rename. */
  link(from: string, to: string): Promise<void>
  /** Removes a file; no error where there is none. */
  remove(path: string): Promise<void>
  /** Makes names that were created, renamed or removed in this folder durable. */
  syncDirectory(path: string): Promise<void>
  /** Bytes that may still be written on the file system of this path. */
  freeBytes(path: string): Promise<number>
}

/**
 * `'create'` needs the file not to exist, the others need it to exist. With `'durable'` a write is durable when it resolves,
 * in one step instead of a write and a sync.
 */
export type OpenMode = 'read' | 'update' | 'durable' | 'create'

/** A file that is open for reading, and for writing unless it was opened with `'read'`. */
export interface OpenFile {
  /** Bytes read into `into`; fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all bytes or fails. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Makes what was written durable. */
  sync(): Promise<void>
  /** Cuts the file off, or fills it up with zeros. */
  truncate(size: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}
