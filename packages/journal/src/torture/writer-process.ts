import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import type { Durability } from '../types.ts'

/** A life of the writer in a process of its own. */
export interface WriterProcess {
  /** What it has told so far. */
  readonly lines: readonly WriterLine[]
  /** Resolves when it has opened the journal, or has ended. */
  readonly opened: Promise<void>
  /** Resolves when it has ended and everything that it printed is read. */
  readonly ended: Promise<void>
  /** What it printed as errors. */
  readonly complaint: string
  /** Nothing of it runs until it is killed. */
  stop(): void
  /** kill -9, and waits until it is gone; `true` where it was still running. */
  kill(): Promise<boolean>
}

/** `command`: the program and arguments that the hidden command is appended to. */
export function startWriter(command: readonly string[], plan: WriterPlan): WriterProcess {
  const [program = process.execPath, ...rest] = command
  const child = spawn(program, [...rest, writerCommand, JSON.stringify(plan)], {
    // Its input ends with this process, however that ends, and it ends then.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines: WriterLine[] = []
  let complaint = ''
  let tellOpened = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    tellOpened = resolve
  })
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (text) => {
    const line = parse(text)
    if (line === undefined) return
    lines.push(line)
    if ('open' in line) tellOpened()
  })
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-4000)
  })
  child.stdin.on('error', () => undefined)
  const ended = Promise.all([once(child, 'close'), once(reader, 'close')]).then(
    () => tellOpened(),
    (error: unknown) => {
      complaint += String(error)
      tellOpened()
    },
  )
  return {
    lines,
    opened,
    ended,
    get complaint() {
      return complaint
    },
    stop: () => void child.kill('SIGSTOP'),
    kill: async () => {
      const running = child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')
      await ended
      return running
    },
  }
}

/** The last line may be cut off. */
function parse(text: string): WriterLine | undefined {
  try {
    return JSON.parse(text) as WriterLine
  } catch {
    return undefined
  }
}

/** What one life of the writer does until it is killed. */
export interface WriterPlan {
  readonly directory: string
  /** 1, 2, 3 …: part of every record. */
  readonly life: number
  readonly seed: number
  /** Each append takes one of them. */
  readonly durabilities: readonly Durability[]
  readonly segmentBytes: number
  /** Whether it has subscribers and flushes now and then. */
  readonly subscribers: boolean
}

/** The hidden command of the writer. */
export const writerCommand = 'torture-writer'

/** What the writer prints, one per line, each before or after what it tells of in the order that matters. */
export type WriterLine = {
  /** When it was printed, ms, monotonic and the same for all processes of a machine. */
  readonly at?: number
} &
  /** Opened: how far each subscriber is. */
  (
    | { readonly open: { readonly firstSeq: number; readonly cursors: Readonly<Record<string, number>> } }
    /** About to append records below this serial. */
    | { readonly upTo: number }
    /** Acknowledged: records from `firstSeq` on, by their serials from `serial` on. */
    | { readonly acked: readonly [firstSeq: number, lastSeq: number, serial: number, Durability] }
    /** Everything that was acknowledged up to here was flushed. */
    | { readonly flushed: number }
    /** Delivered to a subscriber: life and serial of the records from this sequence number on. */
    | { readonly got: readonly [firstSeq: number, ...records: readonly (readonly [number, number])[]] }
    /** Delivered, and not what any life appends. */
    | { readonly altered: number }
    /** About to acknowledge as a subscriber. */
    | { readonly acking: readonly [name: string, seq: number] }
    /** Ends because of this. */
    | { readonly failed: string }
  )
