import { type PingOutputReader, readFping, readPing } from './ping-output.ts'

/** A program that pings. */
export type PingProgramName = 'fping' | 'ping'

/** What it shall do. */
export interface PingRequest {
  readonly address: string
  readonly family: 4 | 6
  readonly count: number
  readonly intervalMs: number
  readonly waitMs: number
}

/** How a program is told what to do, and what it says. */
export interface PingProgram {
  readonly words: (request: PingRequest) => readonly string[]
  readonly read: PingOutputReader
  /** Lowest exit code that means that it could not ask. */
  readonly faultCode: number
}

const seconds = (ms: number): string => String(ms / 1000)

export const pingPrograms: Readonly<Record<PingProgramName, PingProgram>> = {
  fping: {
    words: ({ address, family, count, intervalMs, waitMs }) => [
      `-${family}`,
      ...['-q', '-C', String(count), '-p', String(intervalMs), '-t', String(waitMs)],
      address,
    ],
    read: readFping,
    // 2 is for names, of which there are none here.
    faultCode: 2,
  },
  ping: {
    words: ({ address, family, count, intervalMs, waitMs }) => [
      // BSD has a program for each family, and counts in ms.
      ...(process.platform === 'linux' ? [`-${family}`] : []),
      ...['-c', String(count), '-i', seconds(intervalMs)],
      ...['-W', process.platform === 'linux' ? String(Math.ceil(waitMs / 1000)) : String(waitMs)],
      address,
    ],
    read: readPing,
    // BSD says 2 where nobody answers.
    faultCode: process.platform === 'linux' ? 2 : 3,
  },
}
