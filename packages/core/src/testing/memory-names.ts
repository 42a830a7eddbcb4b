/** Something that was done to a name and that a sync of its folder makes durable. A second name of a file is created, too. */
export type NameOperation =
  | { readonly kind: 'create' | 'remove' | 'makeDirectory'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }

/** Says whether an operation is on the disk; of a rename also that the file has both names. */
export type NameChoice = (operation: NameOperation) => boolean | 'both'

interface Pending<Entry> {
  readonly operation: NameOperation
  readonly entry: Entry
  /** A rename out of a folder that was synced since, into one that was not. */
  readonly sourceSynced?: true
}

type Decided<Entry> = Pending<Entry> & { readonly kept: boolean | 'both' }

/** The names of files and folders, those that are seen apart from those that a power cut leaves for certain. */
export interface MemoryNames<Entry> {
  readonly seen: ReadonlyMap<string, Entry>
  /** Does it now, durable after a sync. */
  change(operation: NameOperation, entry: Entry): void
  sync(folder: string): void
  /** What a power cut leaves. An operation that is kept keeps the earlier ones on the same names too. */
  afterPowerCut(chosen: NameChoice): ReadonlyMap<string, Entry>
  copy(copyEntry: (entry: Entry) => Entry): MemoryNames<Entry>
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')))

const namesIn = (operation: NameOperation): readonly string[] =>
  operation.kind === 'rename' ? [operation.from, operation.to] : [operation.path]

export function memoryNames<Entry>(
  seen: Map<string, Entry> = new Map(),
  durable: Map<string, Entry> = new Map(seen),
  changes: readonly Pending<Entry>[] = [],
): MemoryNames<Entry> {
  let pending = changes
  return {
    seen,
    change: (operation, entry) => {
      pending = [...pending, { operation, entry }]
      apply(seen, { operation, entry, kept: true })
    },
    sync: (folder) => {
      const decided = withEarlier(pending, (one) => isSynced(one, folder))
      for (const one of decided) apply(durable, one)
      pending = decided.flatMap((one) => (one.kept === true ? [] : [stillPending(one, folder)]))
    },
    afterPowerCut: (chosen) => {
      const left = new Map(durable)
      for (const one of withEarlier(pending, ({ operation }) => chosen(operation))) apply(left, one)
      return withFolders(left)
    },
    copy: (copyEntry) => {
      const copies = new Map<Entry, Entry>()
      const copied = (entry: Entry): Entry => {
        const copy = copies.get(entry) ?? copyEntry(entry)
        copies.set(entry, copy)
        return copy
      }
      const mapped = (names: ReadonlyMap<string, Entry>): Map<string, Entry> =>
        new Map([...names].map(([name, entry]) => [name, copied(entry)]))
      const copiedChanges = pending.map((one) => ({ ...one, entry: copied(one.entry) }))
      return memoryNames(mapped(seen), mapped(durable), copiedChanges)
    },
  }
}

function apply<Entry>(names: Map<string, Entry>, { operation, entry, kept }: Decided<Entry>): void {
  if (kept === false) return
  if (operation.kind === 'remove') names.delete(operation.path)
  else if (operation.kind === 'rename') {
    if (kept === true) names.delete(operation.from)
    names.set(operation.to, entry)
  } else names.set(operation.path, entry)
}

/** A name is only what an operation found there if the earlier ones on it are kept too. */
function withEarlier<Entry>(
  pending: readonly Pending<Entry>[],
  chosen: (one: Pending<Entry>) => boolean | 'both',
): readonly Decided<Entry>[] {
  const needed = new Set<string>()
  const backwards = pending
    .map((one) => ({ ...one, kept: chosen(one) }))
    .reverse()
    .map((one) => {
      const names = namesIn(one.operation)
      const kept = names.some((name) => needed.has(name)) || one.kept
      if (kept !== false) for (const name of names) needed.add(name)
      return { ...one, kept }
    })
  return backwards.reverse()
}

/** Of a rename between two folders the new name comes first: no sync may lose the file. */
function isSynced<Entry>({ operation, sourceSynced }: Pending<Entry>, folder: string): boolean | 'both' {
  if (operation.kind !== 'rename') return parentOf(operation.path) === folder
  if (parentOf(operation.to) !== folder) return false
  return parentOf(operation.from) === folder || sourceSynced === true || 'both'
}

function stillPending<Entry>({ kept, ...one }: Decided<Entry>, folder: string): Pending<Entry> {
  const { operation, entry } = one
  if (operation.kind !== 'rename') return one
  if (kept === 'both') return { operation: { kind: 'remove', path: operation.from }, entry }
  return parentOf(operation.from) === folder ? { ...one, sourceSynced: true } : one
}

/** A name is lost with its folder. */
function withFolders<Entry>(names: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  const isThere = (path: string): boolean => path === '' || (names.has(path) && isThere(parentOf(path)))
  return new Map([...names].filter(([name]) => isThere(name)))
}
