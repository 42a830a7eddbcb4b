/** Bytes that grow. What lies behind `size` is zero. */
interface Contents {
  bytes: Uint8Array
  size: number
}

/** `'dropped'`: a sync failed, the pages count as clean since, and no later sync writes them. */
type State = 'dirty' | 'synced' | 'dropped'

export type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array; state: State }
  | { readonly kind: 'resize'; readonly from: number; readonly to: number; state: State }

export interface MemoryFile {
  /** What a reader sees. */
  readonly seen: Contents
  /** What a power cut leaves for certain, before `changes`. */
  readonly synced: Contents
  /** What was done since, in order. Synced changes stay in it while an earlier one is not synced. */
  changes: Change[]
  /** Writes that the process did not live to see through. */
  readonly underWay: { readonly position: number; readonly bytes: Uint8Array }[]
  /** Ranges that cannot be read until they are written again. */
  badRanges: readonly { readonly from: number; readonly to: number }[]
}

export function newFile(bytes: Uint8Array = new Uint8Array(0)): MemoryFile {
  return {
    seen: { bytes: bytes.slice(), size: bytes.length },
    synced: { bytes: bytes.slice(), size: bytes.length },
    changes: [],
    underWay: [],
    badRanges: [],
  }
}

export const view = ({ bytes, size }: Contents): Uint8Array => bytes.subarray(0, size)

/** A file of its own in the same state, but without what was under way. */
export function copyFile(file: MemoryFile): MemoryFile {
  return {
    seen: copyContents(file.seen),
    synced: copyContents(file.synced),
    changes: file.changes.map((change) => ({ ...change })),
    underWay: [],
    badRanges: file.badRanges,
  }
}

const copyContents = (contents: Contents): Contents => ({
  bytes: view(contents).slice(),
  size: contents.size,
})

export function writeTo(file: MemoryFile, position: number, bytes: Uint8Array, state: State): void {
  if (bytes.length === 0) return
  const end = position + bytes.length
  // The size is no page: a sync that failed does not drop it.
  if (end > file.seen.size) resize(file, end, state === 'synced' ? 'synced' : 'dirty')
  store(file.seen, position, bytes)
  file.badRanges = file.badRanges.flatMap(({ from, to }) =>
    [
      { from, to: Math.min(to, position) },
      { from: Math.max(from, end), to },
    ].filter((range) => range.from < range.to),
  )
  // Nothing earlier is open, so that the bytes need not be kept apart.
  if (state === 'synced' && file.changes.length === 0) store(file.synced, position, bytes)
  else file.changes.push({ kind: 'write', position, bytes: bytes.slice(), state })
}

export function resize(file: MemoryFile, to: number, state: State): void {
  file.changes.push({ kind: 'resize', from: file.seen.size, to, state })
  setSize(file.seen, to)
  file.badRanges = file.badRanges.filter(({ from }) => from < to)
  settle(file)
}

/** Makes everything durable, but for what an earlier sync failed to write. */
export function syncFile(file: MemoryFile): void {
  for (const change of file.changes) if (change.state === 'dirty') change.state = 'synced'
  settle(file)
}

/** The pages are clean from now on, though they were not written. */
export function dropPages(file: MemoryFile): void {
  for (const change of file.changes)
    if (change.kind === 'write' && change.state === 'dirty') change.state = 'dropped'
}

/** Whether one of the bytes cannot be read. */
export const isBad = (file: MemoryFile, start: number, end: number): boolean =>
  file.badRanges.some(({ from, to }) => from < Math.min(end, file.seen.size) && to > start)

export function apply(contents: Contents, change: Change): void {
  if (change.kind === 'write') store(contents, change.position, change.bytes)
  else if (change.to < change.from) setSize(contents, Math.min(contents.size, change.to))
  else setSize(contents, Math.max(contents.size, change.to))
}

export function store(contents: Contents, position: number, bytes: Uint8Array): void {
  if (bytes.length === 0) return
  setSize(contents, Math.max(contents.size, position + bytes.length))
  contents.bytes.set(bytes, position)
}

function settle(file: MemoryFile): void {
  const open = file.changes.findIndex((change) => change.state !== 'synced')
  const settled = open === -1 ? file.changes : file.changes.slice(0, open)
  for (const change of settled) apply(file.synced, change)
  file.changes = open === -1 ? [] : file.changes.slice(open)
}

function setSize(contents: Contents, size: number): void {
  if (size > contents.bytes.length) {
    const larger = new Uint8Array(Math.max(size, contents.bytes.length * 2))
    larger.set(view(contents))
    contents.bytes = larger
  }
  if (size < contents.size) contents.bytes.fill(0, size, contents.size)
  contents.size = size
}
