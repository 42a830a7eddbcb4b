import type { ServedJournal, SessionEvent } from '../session/session-types.ts'
import type { LinkBoard, LinkState } from './link-state.ts'
import type { Ending } from './redial.ts'

/** Of the side that dials, before a feed begins. */
const dialKey = ''

/** How the followers of `serveJournal` are. */
export class ServedLinks {
  readonly #board: LinkBoard
  readonly #journals: ReadonlyMap<string, ServedJournal>
  readonly #now: () => number

  constructor(board: LinkBoard, journals: ReadonlyMap<string, ServedJournal>, now: () => number) {
    this.#board = board
    this.#journals = journals
    this.#now = now
  }

  dialing(peer: string, state: { type: 'connecting' } | ({ type: 'waiting'; inMs: number } & Ending)): void {
    this.#board.set(dialKey, { peer, ...state })
  }

  /** One connection of a peer, which may have others. */
  connection(peer: string): {
    readonly take: (event: SessionEvent) => void
    readonly ended: () => void
  } {
    const running = new Map<string, LinkState>()
    const set = (state: LinkState): void => {
      const key = JSON.stringify([peer, state.journal, state.subscriber])
      this.#board.set(key, state)
      if (state.type === 'following') running.set(key, state)
      else running.delete(key)
    }
    const lost = ({ code, message }: Ending): void => {
      const since = this.#now()
      for (const { journal, subscriber } of running.values())
        set({ peer, journal, subscriber, type: 'lost', code, message, since })
    }
    return {
      take: (event) => {
        if (event.type === 'closed') lost({ code: event.reason, message: event.message })
        else if (event.journal !== undefined) this.#take(peer, event, set)
      },
      ended: () => lost({ code: 'lost', message: 'this side ended the connection' }),
    }
  }

  #take(
    peer: string,
    event: Exclude<SessionEvent, { type: 'closed' }>,
    set: (state: LinkState) => void,
  ): void {
    const { journal, subscriber } = event
    const feed = { peer, journal, subscriber }
    switch (event.type) {
      case 'opened': {
        const { afterSeq: ackedSeq } = event
        const headSeq = this.#journals.get(event.journal)?.stats.lastSeq ?? ackedSeq
        const lagRecords = Math.max(0, headSeq - ackedSeq)
        this.#board.remove(dialKey)
        set({
          ...feed,
          type: 'following',
          headSeq,
          ackedSeq,
          lagRecords,
          lagMs: lagRecords === 0 ? 0 : undefined,
        })
        break
      }
      case 'lag': {
        const { headSeq, ackedSeq, lagRecords, lagMs } = event
        set({ ...feed, type: 'following', headSeq, ackedSeq, lagRecords, lagMs })
        break
      }
      case 'fenced':
        set({ ...feed, type: 'fenced' })
        break
      case 'refused': {
        const { code, error } = event
        const { message } = error
        const seq = error.facts['seq']
        if (error.code !== 'JOURNAL_DIVERGED') set({ ...feed, type: 'refused', code, message })
        else set({ ...feed, type: 'diverged', seq: typeof seq === 'number' ? seq : 0, message })
      }
    }
  }
}
