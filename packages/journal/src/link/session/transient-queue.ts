import type { JournalFrame } from '../../reading-types.ts'
import type { SentFrame } from '../wire/frame-message.ts'
import { creditOf } from '../wire/frame-message.ts'
import type { LinkGap } from './session-types.ts'

type Kept = SentFrame & Pick<JournalFrame, 'ack'>

const nothing = (): void => undefined

/** The newest frames, up to a number of bytes; what is too old is dropped, and is a gap before the oldest that is left. */
export class TransientQueue {
  #frames: JournalFrame[] = []
  #bytes = 0
  /** What was dropped since a frame was taken out. */
  #dropped: LinkGap | undefined

  get first(): JournalFrame | undefined {
    return this.#frames[0]
  }

  /** The newest one always stays, however large it is. */
  push(frame: JournalFrame, maxBytes: number): void {
    this.#frames.push(frame)
    this.#bytes += creditOf(frame)
    while (this.#bytes > maxBytes && this.#frames.length > 1) this.#drop()
  }

  shift(): Kept | undefined {
    const frame = this.#frames.shift()
    if (frame === undefined) return undefined
    this.#bytes -= creditOf(frame)
    const dropped = this.#dropped
    this.#dropped = undefined
    const gaps = dropped === undefined ? frame.gaps : [dropped, ...frame.gaps]
    const firstSeq = frame.count === 0 ? (gaps[0]?.fromSeq ?? frame.firstSeq) : frame.firstSeq
    return { ...frame, gaps, firstSeq, ack: nothing }
  }

  clear(): void {
    this.#frames = []
    this.#bytes = 0
  }

  #drop(): void {
    const frame = this.#frames.shift()
    if (frame === undefined) return
    this.#bytes -= creditOf(frame)
    const fromSeq = this.#dropped?.fromSeq ?? frame.gaps[0]?.fromSeq ?? frame.firstSeq
    this.#dropped = { fromSeq, toSeq: frame.lastSeq, reason: 'dropped' }
  }
}
