import { readNumber } from '../values/read-number.ts'

/** How the values of a field add up, in the words of munin. */
export type MuninType = 'GAUGE' | 'COUNTER' | 'DERIVE' | 'ABSOLUTE'

/** A value of a field of a plugin. */
export interface MuninValue {
  /** Name of the plugin, or of one of its graphs, and of the field. */
  readonly metric: string
  readonly type: MuninType
  readonly value: number | bigint
  /** When the plugin took it, ms since the Unix epoch, where it says so. */
  readonly time: number | undefined
}

/** What a plugin has told. */
export interface MuninPlugin {
  /** Takes a line of the answer to `config` or `fetch`. */
  take(line: string): void
  /** A new answer begins. */
  begin(): void
  /** Values that came, also unknown ones. */
  readonly told: number
  /** Why there is none, as the node says in place of an answer. */
  readonly fault: string | undefined
  /** Values that are left out, since there were so many before them. */
  readonly leftOut: number
  readonly values: () => Iterable<MuninValue>
}

/** Most fields to keep, by value and by type: a run takes no more samples, and maps of many thousands are slow to grow. */
export const maxFields = 10_000

/** Reads the answers of a plugin; types are told by `config`, and values by `fetch` or, if the node can do so, by `config` too. */
export function createMuninPlugin(plugin: string): MuninPlugin {
  const types = new Map<string, MuninType>()
  const values = new Map<string, { readonly value: number | bigint; readonly time: number | undefined }>()
  let graph = plugin
  let told = 0
  let leftOut = 0
  let lacksTypes = false
  let fault: string | undefined
  /** Keeps what comes first of each, and what is new of those. */
  const keep = <T>(fields: Map<string, T>, name: string, value: T): boolean => {
    if (fields.size >= maxFields && !fields.has(name)) return false
    fields.set(name, value)
    return true
  }
  return {
    begin: () => void (graph = plugin),
    take(line) {
      if (/^# (Bad exit|Unknown service)/i.test(line)) fault ??= line.slice(2).trim()
      const blank = line.indexOf(' ')
      if (blank < 1) return
      const name = line.slice(0, blank)
      const text = line.slice(blank + 1).trim()
      if (name === 'multigraph') graph = text
      else if (name.endsWith('.type')) {
        if (!keep(types, `${graph}\`${name.slice(0, -5)}`, typeOf(text))) lacksTypes = true
      } else if (name.endsWith('.value')) {
        told += 1
        const value = valueOf(text)
        if (value !== undefined && !keep(values, `${graph}\`${name.slice(0, -6)}`, value)) leftOut += 1
      }
    },
    get told() {
      return told
    },
    get fault() {
      return fault
    },
    get leftOut() {
      return leftOut
    },
    *values() {
      for (const [metric, { value, time }] of values) {
        const type = types.get(metric) ?? (lacksTypes ? undefined : 'GAUGE')
        if (type === undefined) leftOut += 1
        else yield { metric, type, value, time }
      }
    },
  }
}

const typeOf = (text: string): MuninType => {
  const type = text.toUpperCase()
  return type === 'COUNTER' || type === 'DERIVE' || type === 'ABSOLUTE' ? type : 'GAUGE'
}

/** `12.5`, or with a time in seconds `1480000000:12.5`; `U` is unknown, and so is what is no number. */
function valueOf(
  text: string,
): { readonly value: number | bigint; readonly time: number | undefined } | undefined {
  const [, seconds, digits = ''] = /^(?:(\d{1,12}):)?(.*)$/.exec(text) ?? []
  const value = readNumber(digits)
  if (value === undefined || !Number.isFinite(Number(value))) return undefined
  return { value, time: seconds === undefined ? undefined : Number(seconds) * 1000 }
}
