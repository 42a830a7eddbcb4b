import type { FileSystem } from '@tocsin/core'

import { codeOf, JournalError, messageOf } from '../errors.ts'
import type { Report } from '../status-types.ts'
import type { CursorPosition } from './cursor-file.ts'
import { cursorName, cursorSubscriber, readCursor } from './cursor-file.ts'
import type { CursorWriter } from './cursor-writer.ts'
import { Lowest } from './lowest.ts'

/** A subscriber's position. */
export interface Cursor extends CursorPosition {
  readonly name: string
  /** Goes up with each seek. */
  readonly generation: number
  /** It has no file and ends with the journal. */
  readonly transient: boolean
  /** Only an owner may move it. One that is not owned here may be moved by another process. */
  readonly owned: boolean
  /** The subscriber was removed. */
  readonly removed: boolean
  /** Its file tells no position. */
  readonly unreadable: boolean
}

/** A cursor and what it is kept with. */
export interface CursorState extends Cursor {
  owned: boolean
  removed: boolean
  /** Where it stands without a writer. */
  known: CursorPosition
  writer: CursorWriter | undefined
  lock: NameLock | undefined
  unreadable: boolean
  /** How often it was moved without a writer. */
  seeks: number
}

/** The cursors of a folder, those of other processes included. */
export interface CursorList {
  readonly states: ReadonlyMap<string, CursorState>
  add(state: CursorState): void
  delete(state: CursorState): void
  /** A cursor may have gone back, or is owned now: acknowledgements only go forward, and need not be told. */
  changed(): void
  pathOf(name: string): string
  /** What every cursor is durably beyond, and what is held; `undefined` without either. */
  readonly minDurable: number | undefined
  readonly minAcked: number | undefined
  /** Lowest position of those that are owned, `Infinity` without any. */
  readonly minOwned: number | undefined
  readonly maxAcked: number
  /** Nothing above this is removed until the function that it gives is called. */
  hold(seq: number): () => void
  /** Brings a cursor that is not owned here up to date. */
  look(name: string): Promise<CursorState | undefined>
  /** Brings all of them up to date, and finds new ones. */
  lookAtAll(): Promise<void>
}

/** What the cursors are read from. */
export interface CursorListInput {
  readonly fileSystem: FileSystem
  readonly folder: string
  readonly journalId: string
  readonly report: Report
}

/** The file is not damaged, only not to be had now: going on without it would lose its position. */
const refusals: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM'])

export function createCursorList({ fileSystem, folder, journalId, report }: CursorListInput): CursorList {
  const states = new Map<string, CursorState>()
  const held = new Set<{ readonly seq: number }>()

  const acked = new Lowest<CursorState>(
    () => states.values(),
    ({ ackedSeq }) => ackedSeq,
  )
  const owned = new Lowest<CursorState>(
    () => states.values(),
    (state) => (state.owned ? state.ackedSeq : Infinity),
  )
  const changed = (): void => {
    acked.forget()
    owned.forget()
  }

  const pathOf = (name: string): string => `${folder}/${cursorName(name)}`

  const look = async (name: string): Promise<CursorState | undefined> => {
    let why = 'neither of its slots is sound'
    let position: CursorPosition | undefined
    try {
      position = await readCursor(fileSystem, pathOf(name), journalId)
    } catch (error) {
      if (error instanceof JournalError || refusals.has(codeOf(error) ?? '')) throw error
      why = codeOf(error) === 'ENOENT' ? '' : messageOf(error)
    }
    const present = states.get(name)
    // Owned or removed while it was read.
    if (present?.owned === true || present?.removed === true) return present
    changed()
    if (why === '') {
      states.delete(name)
      return undefined
    }
    const state = present ?? newState(name, { ackedSeq: 0, durableSeq: 0 })
    states.set(name, state)
    // One that has become unreadable holds what it held.
    if (position !== undefined) state.known = position
    else if (!state.unreadable) {
      const message = `the cursor of "${name}" cannot be read (${why}); it starts again at the oldest record`
      report({ reason: 'cursor-unreadable', subscriber: name, message })
    }
    state.unreadable = position === undefined
    return state
  }
  return {
    states,
    add: (state) => {
      states.set(state.name, state)
      changed()
    },
    delete: (state) => {
      states.delete(state.name)
      acked.leave(state)
      owned.leave(state)
    },
    changed,
    pathOf,
    get minDurable() {
      const positions = [...states.values()].map(({ durableSeq }) => durableSeq)
      return lowest([...positions, ...[...held].map(({ seq }) => seq)])
    },
    get minAcked() {
      return acked.value
    },
    get minOwned() {
      return owned.value
    },
    get maxAcked() {
      return Math.max(0, ...[...states.values()].map(({ ackedSeq }) => ackedSeq))
    },
    hold: (seq) => {
      const hold = { seq }
      held.add(hold)
      return () => held.delete(hold)
    },
    look,
    lookAtAll: async () => {
      const names = new Set<string>()
      for (const fileName of await fileSystem.list(folder)) {
        const name = cursorSubscriber(fileName)
        if (name !== undefined) names.add(name)
      }
      for (const { name, owned } of states.values()) if (!owned) names.add(name)
      for (const name of names) if (states.get(name)?.owned !== true) await look(name)
    },
  }
}

const lowest = (positions: readonly number[]): number | undefined =>
  positions.length === 0 ? undefined : Math.min(...positions)

export function newState(name: string, known: CursorPosition, transient = false): CursorState {
  return {
    ...{ name, transient, known, owned: false, removed: false, unreadable: false, seeks: 0 },
    ...{ writer: undefined, lock: undefined },
    get ackedSeq() {
      return this.writer?.ackedSeq ?? this.known.ackedSeq
    },
    get durableSeq() {
      return this.writer?.durableSeq ?? this.known.durableSeq
    },
    get generation() {
      return this.writer?.generation ?? this.seeks
    },
  }
}

/** A name that is this process's until it is released or the process ends. */
export interface NameLock {
  release(): Promise<void>
}

/** Takes a name; `undefined` where another process has it. */
export type TakeName = (name: string) => Promise<NameLock | undefined>
