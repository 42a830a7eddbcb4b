import type { FileSystem } from '@tocsin/core'

import { codeOf, JournalError, messageOf } from '../errors.ts'
import type { CursorFile } from './cursor-file.ts'
import { createCursor, cursorName, cursorSubscriber, openCursor } from './cursor-file.ts'
import type { Report } from './recovery.ts'

/** A subscriber's position in memory and on disk. */
export interface Cursor {
  readonly name: string
  /** Acknowledged. */
  readonly ackedSeq: number
  /** Acknowledged and durable; what lies above must be kept. */
  readonly durableSeq: number
  /** The subscriber was removed. */
  readonly removed: boolean
}

/** All cursors of a folder. */
export interface Cursors {
  list(): readonly Cursor[]
  get(name: string): Cursor | undefined
  /** Lowest durable position; 0 where one could not be read, `undefined` without subscribers. */
  readonly minDurable: number | undefined
  /** Highest position of a cursor that could be read. */
  readonly maxAcked: number
  create(name: string, ackedSeq: number): Promise<Cursor>
  /** Puts the cursors that could not be read at this position: before the oldest record that is kept. */
  restartUnreadable(ackedSeq: number): void
  /** Moves a cursor forward; saved soon, one write at a time. */
  ack(cursor: Cursor, seq: number): void
  remove(cursor: Cursor): Promise<void>
  /** Calls back whenever a position has become durable. */
  onSaved(callback: () => void): void
  close(): Promise<void>
}

interface State extends Cursor {
  ackedSeq: number
  durableSeq: number
  removed: boolean
  file: CursorFile | undefined
  saving: Promise<void> | undefined
}

/** The file is not damaged, only not to be had now: going on without it would lose its position. */
const refusals: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EMFILE', 'ENFILE', 'ENOMEM'])

/** Reads every cursor. One that cannot be read holds everything and starts again at the oldest record. */
export async function loadCursors(
  fileSystem: FileSystem,
  folder: string,
  journalId: string,
  report: Report,
): Promise<Cursors> {
  const states = new Map<string, State>()
  const unreadable: State[] = []
  let saved = (): void => undefined

  const load = async (name: string): Promise<State> => {
    let why = 'neither of its slots is sound'
    const state: State = {
      name,
      ackedSeq: 0,
      durableSeq: 0,
      removed: false,
      file: undefined,
      saving: undefined,
    }
    try {
      const { cursor, ackedSeq } = await openCursor(fileSystem, `${folder}/${cursorName(name)}`, journalId)
      state.file = cursor
      if (ackedSeq !== undefined) return { ...state, ackedSeq, durableSeq: ackedSeq }
    } catch (error) {
      if (error instanceof JournalError || refusals.has(codeOf(error) ?? '')) throw error
      why = messageOf(error)
    }
    report({
      reason: 'cursor-unreadable',
      subscriber: name,
      message: `the cursor of "${name}" cannot be read (${why}); it starts again at the oldest record`,
    })
    unreadable.push(state)
    return state
  }

  const save = async (state: State): Promise<void> => {
    try {
      while (!state.removed && state.durableSeq < state.ackedSeq) {
        const target = state.ackedSeq
        state.file ??= (await openCursor(fileSystem, `${folder}/${cursorName(state.name)}`, journalId)).cursor
        await state.file.save(target)
        state.durableSeq = target
        saved()
      }
    } catch (error) {
      report({
        reason: 'io',
        subscriber: state.name,
        message: `the cursor of "${state.name}" could not be saved, the next ack tries again: ${messageOf(error)}`,
      })
    }
    state.saving = undefined
  }

  const closeFile = async (state: State): Promise<void> => {
    const { file } = state
    state.file = undefined
    await file?.close().catch(() => undefined)
  }

  const stateOf = (cursor: Cursor): State | undefined => {
    const state = states.get(cursor.name)
    return state === cursor ? state : undefined
  }

  try {
    for (const fileName of await fileSystem.list(folder)) {
      const name = cursorSubscriber(fileName)
      if (name !== undefined) states.set(name, await load(name))
    }
  } catch (error) {
    for (const state of states.values()) await closeFile(state)
    throw error
  }
  return {
    list: () => [...states.values()],
    get: (name) => states.get(name),
    get minDurable() {
      let min: number | undefined
      for (const { durableSeq } of states.values()) min = Math.min(min ?? Infinity, durableSeq)
      return min
    },
    get maxAcked() {
      let max = 0
      for (const { ackedSeq } of states.values()) max = Math.max(max, ackedSeq)
      return max
    },
    create: async (name, ackedSeq) => {
      const position = { name, ackedSeq, durableSeq: ackedSeq, removed: false, saving: undefined }
      const state: State = { ...position, file: undefined }
      // Registered before the file is there: what it will read must not be removed meanwhile.
      states.set(name, state)
      try {
        state.file = await createCursor(fileSystem, folder, name, journalId, ackedSeq)
        return state
      } catch (error) {
        states.delete(name)
        throw error
      }
    },
    restartUnreadable: (ackedSeq) => {
      for (const state of unreadable) {
        state.ackedSeq = ackedSeq
        state.durableSeq = ackedSeq
      }
    },
    ack: (cursor, seq) => {
      const state = stateOf(cursor)
      if (state === undefined || state.removed || seq <= state.ackedSeq) return
      state.ackedSeq = seq
      state.saving ??= save(state)
    },
    remove: async (cursor) => {
      const state = stateOf(cursor)
      if (state === undefined) return
      state.removed = true
      await state.saving
      await closeFile(state)
      await fileSystem.remove(`${folder}/${cursorName(state.name)}`)
      // Durable before anything is removed that it held.
      await fileSystem.syncDirectory(folder)
      states.delete(state.name)
      saved()
    },
    onSaved: (callback) => {
      saved = callback
    },
    close: async () => {
      for (const state of states.values()) {
        await (state.saving ?? save(state))
        await closeFile(state)
      }
    },
  }
}
