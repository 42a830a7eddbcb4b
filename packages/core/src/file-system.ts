/** The few operations that durable state needs. Faults and power cuts are injected here; paths use `/`. */
export interface FileSystem {
  /** Makes the folder and its parents; no error when it is there. */
  makeDirectory(path: string): Promise<void>
  /** Names in the folder, sorted. */
  list(path: string): Promise<readonly string[]>
  /** The whole file, or `undefined` where there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /**
   * `'read'` and `'update'` need the file to exist, `'create'` needs it not to. Errors carry node's `code`.
   */
  open(path: string, mode: 'read' | 'update' | 'create'): Promise<OpenFile>
  /** Replaces the target in one step. Durable after {@link FileSystem.syncDirectory}. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file; no error where there is none. */
  remove(path: string): Promise<void>
  /** Makes names that were created, renamed or removed in this folder durable. */
  syncDirectory(path: string): Promise<void>
}

/** A file that is open for reading, and for writing unless it was opened with `'read'`. */
export interface OpenFile {
  /** Bytes read into `into`; fewer than asked only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Writes all bytes or fails. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Makes what was written durable. */
  sync(): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}
