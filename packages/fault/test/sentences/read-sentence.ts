import type { FaultChange, FaultEvent, FaultInput, FaultMuted } from '../../src/engine.ts'
import type { Condition } from '../../src/model/rule-set.ts'

/** Samples that were judged, in order, of every series. */
export type History = readonly FaultInput[]

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
type Unit = keyof typeof unitMs

/** A span as it is said, and the one that is said next to it. */
function readSpan(text: string): { readonly ms: number; readonly stepMs: number } {
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h|d)\b/g)].map(
    ([, count, unit]) => [Number(count), unitMs[unit as Unit]] as const,
  )
  const ms = parts.reduce((sum, [count, size]) => sum + count * size, 0)
  const first = parts[0]?.[1] ?? NaN
  const stepMs =
    parts.length > 1 || first > 1000 ? (parts[1]?.[1] ?? first / (first === 86_400_000 ? 24 : 60)) : 1000
  return { ms, stepMs: ms < 10_000 ? 1 : stepMs }
}

/** What is said is never more than it is, and less by no more than what is left out. */
function isSpan(said: string, ms: number): boolean {
  const span = readSpan(said)
  return span.ms <= ms + 1e-6 && ms < span.ms + span.stepMs
}

const readNumber = (text: string): number =>
  text === 'infinity' ? Infinity : text === '-infinity' ? -Infinity : Number(text)

const isAbout = (said: number, value: number): boolean =>
  said === value || Math.abs(said - value) <= 1e-5 * Math.abs(value)

type Told = FaultChange | FaultMuted

const number = String.raw`-?(?:infinity|\d[\d.]*(?:e[+-]?\d+)?)`
const span = String.raw`[\d.]+(?:ms|s|m|h|d)(?: \d+(?:s|m|h|d))?`
const term = String.raw`(?<term>[a-z][a-z -]*?|p[\d.]+ about) `
const compared = new RegExp(
  `^(?:${term})?(?<value>${number})(?<tail> .*?)? is (?<not>not )?(?<word>above|below|at least|at most|back to)? ?(?<limit>${number})$`,
)

const holds: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  above: (value, limit) => value > limit,
  below: (value, limit) => value < limit,
  'at least': (value, limit) => value >= limit,
  'at most': (value, limit) => value <= limit,
  '': (value, limit) => value === limit,
}

/** Reads a sentence back, with the event before it of the same fault; gives what is wrong with it, or nothing. */
export function flawOf(event: FaultEvent, history: History, previous?: FaultEvent): string | undefined {
  const { text } = event
  if (text.length > 300) return 'too long'
  if (/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text)) return 'more than one line'
  const body = text.slice(text.indexOf(': ') + 2)
  if (event.type === 'normal') return /^normal( at .+)?$/.test(body) ? undefined : 'unread'
  const before = / before (.*)$/.exec(body)?.[1]
  return (
    (before === undefined ? undefined : flawOfBefore(before, history, previous)) ??
    flawOfBody(body, event, history)
  )
}

/** What was so before is what the event before said. */
function flawOfBefore(
  before: string,
  history: History,
  previous: FaultEvent | undefined,
): string | undefined {
  if (previous === undefined || previous.type === 'normal') return undefined
  if (before === 'no sample came') return previous.cause.reason === 'absent' ? undefined : 'it was not silent'
  const groups = compared.exec(before.replace(/ was /, ' is '))?.groups
  return groups && flawOfNumbers(groups, previous, history)
}

function flawOfBody(body: string, event: Told, history: History): string | undefined {
  const { type, time, openedAt, severity, previousSeverity = NaN, cause } = event
  let rest = body
  const cut = (pattern: RegExp): RegExpExecArray | null => {
    const found = pattern.exec(rest)
    if (found !== null) rest = rest.replace(pattern, '')
    return found
  }
  const muted = cut(/^muted until (\S+)(?: [A-Z]\S*)?, /)
  if ((muted !== null) !== (type === 'muted')) return 'muted or not'
  const change = type === 'muted' ? event.change : type
  const step = cut(/^(worse|better), /)
  if ((step !== null) !== (change === 'severity')) return 'worse or better'
  if (step !== null && (step[1] === 'worse') !== severity < previousSeverity) return 'the wrong way'
  const cleared = cut(new RegExp(`^cleared after (${span}), `))
  if ((cleared !== null) !== (change === 'cleared')) return 'cleared or not'
  if (cleared?.[1] !== undefined && !isSpan(cleared[1], time - openedAt)) return 'cleared after what'
  if ((cut(/^now /) !== null) !== (change === 'reason')) return 'now'
  cut(/, before .*$/)
  const open = cut(new RegExp(`, open for (${span})$`))
  if (open?.[1] !== undefined && !isSpan(open[1], time - openedAt)) return 'open for what'
  const held = cut(new RegExp(`, held for (${span})$`))
  if (
    held?.[1] !== undefined &&
    !(isSpan(held[1], cause.forMs ?? NaN) && time - (cause.since ?? NaN) >= (cause.forMs ?? NaN))
  )
    return 'held for what'
  const more = cut(/, and (\d+) more$/)
  if (Number(more?.[1] ?? 0) !== (cause.more ?? 0)) return 'how many more'
  return flawOfCore(rest, event, history)
}

function flawOfCore(core: string, event: Told, history: History): string | undefined {
  const { cause, time, sample, series } = event
  const { condition = {} as Condition, value } = cause
  const found = (pattern: RegExp): RegExpExecArray | null => pattern.exec(core)
  const silent = found(new RegExp(`^no sample for (${span})(?:, forgotten)?$`))
  if (silent?.[1] !== undefined) {
    if (!isSpan(silent[1], time - cause.sampleTime)) return 'how long silent'
    const since = time - readSpan(silent[1]).ms
    const own = history.filter((one) => one.series.key === series.key)
    return own.some((one) => one.time > since && one.time < time) ? 'not silent' : undefined
  }
  const absent = found(new RegExp(`^no sample for (${span}), not yet (${span})$`))
  if (absent?.[1] !== undefined && absent[2] !== undefined)
    return isSpan(absent[1], time - cause.sampleTime) && time - cause.sampleTime < readSpan(absent[2]).ms
      ? undefined
      : 'not yet'
  if (/^samples come( again)?$/.test(core)) return sample === undefined ? 'no sample came' : undefined
  const numbers = compared.exec(core)
  if (numbers?.groups !== undefined) return flawOfNumbers(numbers.groups, event, history)
  const members = found(/^(\d+) of (\d+) members .+, (\d+) needed$/)
  if (members !== null) {
    const [count, all, needed] = members.slice(1).map(Number)
    return count === value && needed === cause.threshold && all === cause.all && Number(count) <= Number(all)
      ? undefined
      : 'how many members'
  }
  const texts = found(
    /^("(?:[^"\\]|\\.)*"|the text|-?[\d.e+-]+|-?infinity) (is not|is|contains|does not contain|matches|does not match) (.+)$/,
  )
  if (texts !== null) return flawOfText(texts, event)
  if (/ is unknown$/.test(core)) return value === undefined ? undefined : 'known'
  if (/^rule \d+ \(.+\) has not ended yet$/.test(core)) return value === undefined ? undefined : 'it is known'
  if (/^no members$/.test(core)) return cause.all === 0 ? undefined : 'there are members'
  if (/^(no sample|a sample came|whether a sample came) between /.test(core))
    return condition.missedDuring === undefined ? 'no window' : undefined
  if (/^a silence of \S+ is not known$/.test(core))
    return condition.absentFor === undefined ? 'no absence' : undefined
  if (/^its (rule set watches|source reports|rule) /.test(core))
    return ['removed', 'gone', 'edited'].includes(cause.reason) ? undefined : 'why it ended'
  if (
    /^(nothing|only late samples) from |^\S+ sends again(, |$)|^no room for |^nothing was refused /.test(core)
  )
    return event.ruleSet.startsWith('tocsin.') ? undefined : 'no source'
  return `nobody can read: ${core}`
}

function flawOfNumbers(
  {
    value: said = '',
    not,
    word = '',
    limit: saidLimit = '',
    term: name,
  }: Readonly<Record<string, string | undefined>>,
  { cause, series, time }: Told,
  history: History,
): string | undefined {
  const [value, limit] = [readNumber(said), readNumber(saidLimit)]
  const of = cause.condition ?? ({} as Condition)
  if (typeof cause.value !== 'number') return 'no number was compared'
  if (!isAbout(value, cause.value)) return 'another value'
  const isUpward = of.above !== undefined || of.atLeast !== undefined
  const test = word === 'back to' ? holds[isUpward ? 'at most' : 'at least'] : holds[word]
  if (test?.(value, limit) !== (not === undefined)) return 'the wrong way round'
  // What is said of rounded numbers is so of the numbers themselves.
  if (test(cause.value, limit) !== (not === undefined)) return 'rounded to what is not so'
  const limits = [of.above, of.below, of.atLeast, of.atMost, of.equals, of.notEquals, of.until]
  if (!limits.includes(limit)) return 'another limit'
  const own = history.filter((one) => one.series.key === series.key && one.time <= time)
  if (own.length === 0) return undefined
  const numbers = own.flatMap((one) =>
    typeof one.value === 'number' && !Number.isNaN(one.value) ? [one.value] : [],
  )
  if (name === undefined) {
    const last = own.findLast((one) => typeof one.value === 'number')?.value
    return last === cause.value ? undefined : 'not the last value'
  }
  if (!['average', 'minimum', 'maximum'].includes(name)) return undefined
  return cause.value >= Math.min(...numbers) && cause.value <= Math.max(...numbers)
    ? undefined
    : 'out of range'
}

function flawOfText(
  [, said = '', verb = '', other = '']: RegExpExecArray,
  { cause }: Told,
): string | undefined {
  const { value, condition } = cause
  const isNot = verb.includes('not')
  if (other === 'no number') return typeof value === 'string' ? undefined : 'a number'
  if (other === 'no text') return typeof value === 'number' ? undefined : 'a text'
  if (['new', 'the same as before', 'the last value'].includes(other))
    return condition?.changed === true ? undefined : 'not about change'
  if (typeof value !== 'string') return 'no text was compared'
  const isCut = said.endsWith('…"') || other.includes('…')
  if (said.startsWith('"') && !isCut && JSON.parse(said) !== value) return 'another text'
  const needle = condition?.equals ?? condition?.notEquals ?? condition?.contains ?? condition?.notContains
  const pattern = condition?.matches ?? condition?.notMatches
  const isSo = verb.includes('contain')
    ? value.includes(String(needle))
    : verb.includes('match')
      ? new RegExp(pattern ?? '', 'u').test(value)
      : value === needle
  return isSo === !isNot ? undefined : 'the wrong way round'
}
