import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import type { WriterLine, WriterPlan } from './writer-plan.ts'
import { writerCommand } from './writer-plan.ts'

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
