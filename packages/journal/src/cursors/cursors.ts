import type { SchedulerLike, Subscription } from 'rxjs'

import { codeOf, JournalError, messageOf } from '../errors.ts'
import type { DescriptorReserve } from '../segments/descriptor-reserve.ts'
import type { CursorFile } from './cursor-file.ts'
import { createCursor, openCursor } from './cursor-file.ts'
import { CursorFiles } from './cursor-files.ts'
import type { Cursor, CursorListInput, CursorState, TakeName } from './cursor-list.ts'
import { createCursorList, newState } from './cursor-list.ts'
import type { CursorWriter } from './cursor-writer.ts'
import { createCursorWriter } from './cursor-writer.ts'
import { createReadRecords, inRemovalTurn } from './removal.ts'

/** All cursors of a folder. */
export interface Cursors {
  list(): readonly Cursor[]
  get(name: string): Cursor | undefined
  /** What every cursor is durably beyond; 0 where one could not be read, `undefined` without subscribers. */
  readonly minDurable: number | undefined
  /** Lowest position; `undefined` without subscribers. */
  readonly minAcked: number | undefined
  /** Highest position of a cursor that could be read. */
  readonly maxAcked: number
  /** Makes a cursor that is owned. Rejects with `JOURNAL_SUBSCRIBER_BUSY` where another process owns the name. */
  create(name: string, ackedSeq: number, transient?: boolean): Promise<Cursor>
  /** Owns a cursor from now on, where it stands by then; `false` where it is gone. Rejects with `JOURNAL_SUBSCRIBER_BUSY`. */
  own(cursor: Cursor): Promise<boolean>
  /** Puts the cursors that could not be read at this position: before the oldest record that is kept. */
  restartUnreadable(ackedSeq: number): void
  /** Moves a cursor forward. */
  ack(cursor: Cursor, seq: number): void
  /** Moves a cursor anywhere, durably when it resolves. */
  seek(cursor: Cursor, seq: number): Promise<void>
  /** Reads the position of a cursor that may be moved elsewhere. */
  look(name: string): Promise<Cursor | undefined>
  /** Removes a cursor, owned or not. */
  remove(cursor: Cursor): Promise<void>
  /** Nothing above this is removed until the function that it gives is called. */
  hold(seq: number): () => void
  /**
   * Calls `remove` if every cursor is durably beyond `seq`, which is brought about where it can be. `remove` begins within
   * the same tick. `false` where it was not called.
   */
  whenBeyond(seq: number, remove: () => Promise<void>): Promise<boolean>
  /** Keeps other processes from removing anything meanwhile. */
  whileNothingIsRemoved<R>(work: () => Promise<R>): Promise<R>
  /** Calls back whenever a position has moved or become durable. */
  onMoved(callback: () => void): void
  /** Makes all positions durable and lets the names go. */
  close(): Promise<void>
}

/** What cursors are kept with. */
export interface CursorsInput extends CursorListInput {
  /** Longest time that an acknowledgement waits for its sync, ms. */
  readonly cursorSyncMs: number
  readonly scheduler: SchedulerLike
  /** Keeps names from other processes; without it the folder is this process's alone. */
  readonly takeName?: TakeName | undefined
  /** Opens files where nobody else can. */
  readonly reserve?: DescriptorReserve | undefined
}

/**
 * Reads every cursor and owns none. One that cannot be read holds everything and starts again at the oldest record. Positions
 * of cursors that are not owned here are as of the last look; they are read anew before anything is removed.
 */
export async function loadCursors(input: CursorsInput): Promise<Cursors> {
  const { folder, journalId, takeName, scheduler, report, reserve } = input
  const fileSystem = reserve?.fileSystem ?? input.fileSystem
  const list = createCursorList({ ...input, fileSystem })
  const { states } = list
  const files = new CursorFiles(reserve?.others ?? fileSystem, reserve?.fileSystem)
  const whenBeyond = createReadRecords({ ...input, cursors: list })
  let callback = (): void => undefined
  let syncing: Subscription | undefined
  let closed = false

  const stateOf = (cursor: Cursor): CursorState | undefined => {
    const state = states.get(cursor.name)
    return state === cursor ? state : undefined
  }
  /** One action for all, and none when everything is synced. */
  const syncLater = (): void => {
    if (closed || syncing !== undefined) return
    if (!hasUnsettled(states.values())) return
    syncing = scheduler.schedule(() => {
      syncing = undefined
      for (const { writer } of states.values()) if (writer?.settled === false) void writer.step()
    }, input.cursorSyncMs)
  }
  const moved = (): void => {
    syncLater()
    callback()
  }
  const writerOf = (name: string, file: CursorFile, startSeq: number): CursorWriter =>
    createCursorWriter(file, startSeq, {
      moved,
      failed: (error, repeated) => {
        syncLater()
        if (repeated) return
        const message = `the cursor of "${name}" could not be saved and is tried again: ${messageOf(error)}`
        report({ reason: 'io', subscriber: name, message })
      },
    })

  const takeLock = async (state: CursorState): Promise<void> => {
    if (takeName === undefined || state.lock !== undefined) return
    state.lock = await takeName(`subscriber ${state.name}`)
    if (state.lock === undefined) throw ownedElsewhere(state.name)
  }
  const letGo = async (state: CursorState): Promise<void> => {
    const { lock } = state
    state.lock = undefined
    await lock?.release()
  }
  /** `false` where there is no file. */
  const openFile = async (state: CursorState): Promise<boolean> => {
    try {
      const { cursor, ackedSeq } = await openCursor(fileSystem, list.pathOf(state.name), journalId, files)
      state.writer = writerOf(state.name, cursor, ackedSeq ?? state.known.ackedSeq)
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }
  const makeFile = async (state: CursorState): Promise<void> => {
    // Another process may have made it since the last look.
    if (takeName !== undefined && (await openFile(state))) return
    const { ackedSeq } = state.known
    const file = await createCursor(fileSystem, folder, state.name, journalId, ackedSeq, files)
    state.writer = writerOf(state.name, file, ackedSeq)
  }
  /** Without a file there is nothing to wait for. */
  const put = (state: CursorState, seq: number): void => {
    state.known = { ackedSeq: seq, durableSeq: seq }
    callback()
  }

  await list.lookAtAll()
  return {
    list: () => [...states.values()],
    get: (name) => states.get(name),
    get minDurable() {
      return list.minDurable
    },
    get minAcked() {
      return list.minAcked
    },
    get maxAcked() {
      return list.maxAcked
    },
    create: async (name, ackedSeq, transient = false) => {
      const state = newState(name, { ackedSeq, durableSeq: ackedSeq }, transient)
      state.owned = true
      // Registered before the file is there: what it will read must not be removed meanwhile.
      list.add(state)
      try {
        await takeLock(state)
        if (!transient) await makeFile(state)
        list.changed()
        return state
      } catch (error) {
        list.delete(state)
        await letGo(state)
        throw error
      }
    },
    own: async (cursor) => {
      const state = stateOf(cursor)
      if (state === undefined || state.removed) return false
      if (state.owned) return true
      await takeLock(state)
      try {
        state.owned = await openFile(state)
      } finally {
        if (!state.owned) await letGo(state)
      }
      if (!state.owned) list.delete(state)
      list.changed()
      moved()
      return state.owned
    },
    restartUnreadable: (ackedSeq) => {
      for (const state of states.values()) {
        if (state.unreadable) state.known = { ackedSeq, durableSeq: ackedSeq }
      }
      list.changed()
    },
    ack: (cursor, seq) => {
      const state = stateOf(cursor)
      if (state === undefined || state.removed || !state.owned) return
      if (state.writer !== undefined) state.writer.ack(seq)
      else if (seq > state.ackedSeq) put(state, seq)
    },
    seek: async (cursor, seq) => {
      const state = stateOf(cursor)
      if (state === undefined || state.removed || !state.owned) return
      try {
        if (state.writer !== undefined) await state.writer.seek(seq)
        else {
          state.seeks += 1
          state.known = { ackedSeq: seq, durableSeq: seq }
        }
      } finally {
        list.changed()
        callback()
      }
    },
    look: async (name) =>
      takeName === undefined || states.get(name)?.owned === true ? states.get(name) : list.look(name),
    remove: async (cursor) => {
      const state = stateOf(cursor)
      if (state === undefined) return
      await takeLock(state)
      state.removed = true
      await state.writer?.discard()
      if (!state.transient) {
        await fileSystem.remove(list.pathOf(state.name))
        // Durable before anything is removed that it held.
        await fileSystem.syncDirectory(folder)
      }
      list.delete(state)
      await letGo(state)
      callback()
    },
    hold: (seq) => {
      const release = list.hold(seq)
      return () => {
        release()
        callback()
      }
    },
    whenBeyond,
    whileNothingIsRemoved: async (work) => {
      const done = await inRemovalTurn(takeName, scheduler, async () => ({ result: await work() }))
      if (done === undefined) throw noTurn(folder)
      return done.result
    },
    onMoved: (given) => {
      callback = given
    },
    close: async () => {
      closed = true
      syncing?.unsubscribe()
      const end = async (state: CursorState): Promise<void> => {
        if (state.transient) list.delete(state)
        await state.writer?.close()
        state.known = { ackedSeq: state.ackedSeq, durableSeq: state.durableSeq }
        state.writer = undefined
        state.owned = false
        await letGo(state)
      }
      await Promise.all([...states.values()].map(end))
    },
  }
}

function hasUnsettled(states: Iterable<CursorState>): boolean {
  for (const { writer } of states) if (writer?.settled === false) return true
  return false
}

const ownedElsewhere = (name: string): JournalError =>
  new JournalError(
    'JOURNAL_SUBSCRIBER_BUSY',
    `subscriber "${name}" belongs to another process or another open journal; close it there or use another name`,
    { name },
  )

const noTurn = (folder: string): JournalError =>
  new JournalError(
    'JOURNAL_BUSY',
    `another process has kept ${folder} from being changed for too long; let it go on or end it, and try again`,
    { folder },
  )
