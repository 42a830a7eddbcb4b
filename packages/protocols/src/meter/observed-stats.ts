import { buildSeries, type Check, type Checks, type Sample, type Series, type Tags } from '@tocsin/core'

import { messageOf } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import type { Room } from './engine/room.ts'

/** The members of an object that are numbers. */
export type NumberNames<Stats> = {
  readonly [Name in keyof Stats]-?: Exclude<Stats[Name], undefined> extends number | bigint ? Name : never
}[keyof Stats] &
  string

/** What the numbers of an object are. */
export interface ObserveOptions<Stats> {
  /**
   * Members that only grow. All others that are numbers are gauges.
   * @defaultValue `[]`
   */
  readonly counters?: readonly NumberNames<Stats>[] | 'all' | undefined
  /**
   * Tags of all of them.
   * @defaultValue none
   */
  readonly tags?: Tags | undefined
}

const names: Check = (value) =>
  value === 'all' || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
    ? undefined
    : '"all", or a list of names of members'

const tags: Check = (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every((tag) => typeof tag === 'string')
    ? undefined
    : 'an object of strings'

/** What {@link ObserveOptions} allow. */
export const observeChecks: Checks<ObserveOptions<unknown>> = { counters: names, tags }

/** Says why a number is not told. */
type TellObserved = (reason: ProblemReason, message: string, series?: string) => void

/** Reads the numbers of one object. */
export interface ObservedStats {
  read(time: number, into: Sample[]): void
  /** Gives its room back. */
  end(): void
}

/** What the series of a member takes beside its texts, bytes. */
const bytesPerSeries = 400
const bytesPerUnit = 6

/** Where numbers are read, and what they are called. */
export interface ObservedStatsOptions {
  readonly name: string
  readonly stats: () => unknown
  readonly counters: readonly string[] | 'all'
  readonly tags: Tags
  readonly room: Room
  readonly tell: TellObserved
}

/** Makes samples of the numbers of an object: `name.member_name`. Members of other types are left out in silence. */
export function createObservedStats(options: ObservedStatsOptions): ObservedStats {
  const { name, stats, counters, room, tell } = options
  const growing = counters === 'all' ? undefined : new Set<string>(counters)
  const known = new Map<string, Series>()
  let bytes = 0

  function seriesOf(member: string): Series | undefined {
    const found = known.get(member)
    if (found !== undefined) return found
    const built = buildSeries(`${name}.${inSmallLetters(member)}`, options.tags)
    const needed = bytesPerSeries + (built.ok ? bytesPerUnit * built.value.key.length : 0)
    if (!built.ok) tell('bad-name', `a member of ${name} cannot be a series: ${built.message}`)
    else if (!room.take(needed)) tell('too-many-series', 'there is no room for more series', built.value.key)
    else {
      bytes += needed
      known.set(member, built.value)
      return built.value
    }
    return undefined
  }

  function take(member: string, value: unknown, time: number, into: Sample[]): void {
    if (typeof value !== 'number' && typeof value !== 'bigint') return
    const series = seriesOf(member)
    if (series === undefined) return
    const number = Number(value)
    if (!Number.isFinite(number)) {
      tell('bad-value', `${series.key} is no finite number`, series.key)
      return
    }
    const kind = growing === undefined || growing.has(member) ? 'counter' : 'gauge'
    const isExact = typeof value === 'bigint' && !Number.isSafeInteger(number)
    into.push({ series, time, value: number, kind, ...(isExact && { exact: value }) })
  }

  return {
    read(time, into) {
      try {
        for (const [member, value] of Object.entries(stats() as object)) take(member, value, time, into)
      } catch (error) {
        tell('reading-failed', `the numbers of ${name} could not be read: ${messageOf(error)}`)
      }
    },
    end() {
      room.free(bytes)
      bytes = 0
      known.clear()
    },
  }
}

/** `lastSeq` is `last_seq`. */
const inSmallLetters = (member: string): string =>
  member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
