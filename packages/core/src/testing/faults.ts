/** A call that can fail. */
export type FileOperation =
  | 'makeDirectory'
  | 'list'
  | 'open'
  | 'read'
  /** Also `truncate`. */
  | 'write'
  | 'truncate'
  /** Of a file or a folder, and of a durable write after its bytes are in the file. */
  | 'sync'
  /** Also `renameNew`. */
  | 'rename'
  | 'renameNew'
  | 'link'
  | 'remove'
  | 'freeBytes'
  | 'size'
  | 'close'

/** Which calls of an operation fail. */
export interface FaultOptions {
  /** Only calls for a path that matches; of a rename or link either path. @defaultValue every path */
  readonly path?: RegExp
  /** Only the n-th such call from now on, counted from 1. @defaultValue every call */
  readonly call?: number
  /** Bytes that a write stores before it fails. @defaultValue 0 */
  readonly stored?: number
  /**
   * The pages of a file whose sync fails count as clean, as on Linux: no later sync makes the earlier writes durable,
   * though they can be read. @defaultValue false: a later sync writes them
   */
  readonly drops?: boolean
}

interface Fault {
  readonly code: string
  readonly stored: number
  readonly drops: boolean
}

export interface Faults {
  readonly add: (operation: FileOperation, code: string, options?: FaultOptions) => () => void
  /** Counts the call and tells how it fails. */
  find(operation: FileOperation, ...paths: readonly string[]): Fault | undefined
  /** Like `find`, but throws. */
  check(operation: FileOperation, ...paths: readonly string[]): void
}

/** Errors as node gives them. */
export const fileError = (code: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code })

const wider: Partial<Record<FileOperation, FileOperation>> = { truncate: 'write', renameNew: 'rename' }

export function createFaults(): Faults {
  const faults = new Set<{ fails(operation: FileOperation, paths: readonly string[]): Fault | undefined }>()
  const find: Faults['find'] = (operation, ...paths) =>
    // All are asked, for each counts its calls.
    [...faults].map((fault) => fault.fails(operation, paths)).find((found) => found !== undefined)
  return {
    add: (operation, code, { path, call, stored = 0, drops = false } = {}) => {
      let calls = 0
      const fault = {
        fails: (called: FileOperation, paths: readonly string[]): Fault | undefined => {
          if (called !== operation && wider[called] !== operation) return undefined
          if (path !== undefined && paths.every((one) => one.search(path) === -1)) return undefined
          calls += 1
          return call === undefined || call === calls ? { code, stored, drops } : undefined
        },
      }
      faults.add(fault)
      return () => {
        faults.delete(fault)
      }
    },
    find,
    check: (operation, ...paths) => {
      const fault = find(operation, ...paths)
      if (fault !== undefined) throw fileError(fault.code, paths.join(' to '))
    },
  }
}
