import type { Cause, FaultChange, FaultEvent, FaultMuted, FaultNormal } from '../model/fault-event.ts'
import { sayCause } from './say-cause.ts'
import { sayEndOf, sayMs } from './say-time.ts'
import { sayCondition } from './say-term.ts'
import { cut, onOneLine, sayNumber, sayText } from './say-value.ts'

type UntoldChange = Omit<FaultChange, 'text'> | Omit<FaultMuted, 'text'>
type Untold = UntoldChange | Omit<FaultNormal, 'text'>

/** Longest text of an event, in UTF-16 units. */
const maxSentenceLength = 300
/** Longest name of what is wrong. */
const maxNameLength = 140
/** Longest that is said without what was before. */
const maxBodyLength = 170

/** {@link sayBefore} of an absence. */
export const cameNoSample = 'no sample came'

/** Adds the sentence for people to an event, which is the caller's own. `before`: what had decided before, of {@link sayBefore}. */
export function withText<E extends Untold>(event: E, before?: string): E & Pick<FaultEvent, 'text'> {
  const body = onOneLine(sayEvent(event, before))
  const room = Math.min(maxNameLength, maxSentenceLength - body.length - 3)
  const name = onOneLine(sayName(event))
  const told = event as E & { text: string }
  told.text = cut(`${cut(name, room)}: ${body}`, maxSentenceLength - 1)
  return told
}

/** What a cause says, for the event that comes after: `97 was above 95`; none where it told no value. */
export function sayBefore(cause: Cause, time: number): string | undefined {
  const { condition, reason, value, isTrue } = cause
  if (condition === undefined || reason === 'unknown' || reason === 'edited') return undefined
  if (value === undefined && (isTrue !== true || cause.since === undefined)) return undefined
  return sayCause(cause, { time, isSampled: false, tense: 'was' })
}

/** Rule set, metric and tags, each of them once: `queue shop=berlin`. */
function sayName({ ruleSet, series: { metric, tags } }: Untold): string {
  let name = ruleSet === metric ? metric : `${ruleSet}, ${metric}`
  for (const category of Object.keys(tags)) {
    const value = tags[category] ?? ''
    name += value === '' ? ` ${category}` : ` ${category}=${value}`
  }
  return name
}

function sayEvent(event: Untold, before: string | undefined): string {
  if (event.type === 'normal') return sayNormal(event)
  if (event.type !== 'muted') return sayChange(event, event.type, before)
  return `muted until ${sayEndOf(event.mute.during)}, ${sayChange(event, event.change, before)}`
}

function sayChange(event: UntoldChange, change: FaultChange['type'], before: string | undefined): string {
  const { severity, previousSeverity = 0, time, openedAt } = event
  switch (change) {
    case 'opened':
      return `${sayWhy(event)}${time > openedAt ? `, open for ${sayMs(time - openedAt)}` : ''}`
    case 'severity':
      return `${severity < previousSeverity ? 'worse' : 'better'}, ${sayWhy(event)}`
    case 'reason': {
      const now = `now ${sayWhy(event)}`
      return before === undefined || now.length + before.length > maxBodyLength
        ? now
        : `${now}, before ${before}`
    }
    case 'cleared':
      return `cleared after ${sayMs(time - openedAt)}, ${sayEnd(event, before)}`
  }
}

/** Why a fault is as it is. */
function sayWhy({ cause, time, sample, series }: UntoldChange): string {
  const { reason, condition, more = 0 } = cause
  if (reason === 'silent' || reason === 'late') return saySource(cause, time, series.tags['source'])
  if (reason === 'refused') return `no room for more series${ofSource(series.tags['source'])}`
  if (reason === 'edited')
    return `its rule${condition === undefined ? '' : ` (${sayCondition(condition)})`} was edited, and nothing has ended it yet`
  if (isHeld(cause)) return `${sayRule(cause)} has not ended yet`
  const why =
    condition === undefined ? reason : sayCause(cause, { time, isSampled: sample !== undefined, tense: 'is' })
  return `${why}${more > 0 ? `, and ${more} more` : ''}${sayHold(cause, time)}`
}

/** A rule that is violated by what was, and not by what is: there is no time since which its condition is true. */
const isHeld = ({ reason, since }: Cause): boolean => since === undefined && reason !== 'unknown'

/** How long the condition had to be true, where that has just passed. */
function sayHold({ forMs = 0, since }: Cause, time: number): string {
  const isJustOver = since !== undefined && Math.abs(time - since - forMs) <= 1
  return forMs > 0 && isJustOver ? `, held for ${sayMs(forMs)}` : ''
}

/** A rule by its place, as people count. */
const sayRule = ({ rule, condition }: Cause): string =>
  condition === undefined ? `rule ${rule + 1}` : `rule ${rule + 1} (${sayCondition(condition)})`

function sayEnd({ cause, time, sample, series, ruleSet }: UntoldChange, before: string | undefined): string {
  const { reason, sampleTime, held } = cause
  if (ruleSet === 'tocsin.source') {
    const who = series.tags['source'] ?? 'the source'
    return `${cut(who, 60)} sends again${sayHeld(held, ' were held')}`
  }
  if (ruleSet === 'tocsin.refused') return `nothing was refused for ${sayMs(time - sampleTime)}`
  if (reason === 'removed') return 'its rule set watches it no longer'
  if (reason === 'edited') return 'its rule was edited, and nothing is violated now'
  if (reason === 'gone') {
    return sample?.kind === 'stale'
      ? 'its source reports it no longer'
      : `no sample for ${sayMs(time - sampleTime)}, forgotten`
  }
  const isAgain = before?.startsWith('no sample') === true
  return sayCause(cause, { time, isSampled: sample !== undefined, isAgain, tense: 'is' })
}

function saySource({ reason, held, sampleTime }: Cause, time: number, source: string | undefined): string {
  const what = reason === 'late' ? 'only late samples' : 'nothing'
  const since = time > sampleTime ? ` for ${sayMs(time - sampleTime)}` : ''
  return `${what} from ${cut(source ?? 'the source', 60)}${since}${sayHeld(held, ' held')}`
}

const sayHeld = (held: Cause['held'], words: string): string =>
  held === undefined ? '' : `, ${held.count} series${words}`

const ofSource = (source: string | undefined): string =>
  source === undefined ? '' : ` of ${cut(source, 60)}`

function sayNormal({ cause: { value, window } }: Pick<FaultNormal, 'cause'>): string {
  if (value === undefined) return 'normal'
  const over = window === undefined || window.filledMs < 1 ? '' : ` over ${sayMs(window.filledMs)}`
  return `normal at ${typeof value === 'number' ? sayNumber(value) : sayText(value)}${over}`
}
