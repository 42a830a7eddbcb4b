// The strip at the bottom: how the observatory itself does. What is not 0 and should be is warm.
import { counted, formatCount, formatValue, noBreak } from './format.js'
import { listed } from './parts.js'

/**
 * `[{ label, parts: [{ text, isWarm }] }]` of a status. `isFirst` before the first sample; `isPast` where it is not live: then what was
 * collected is told, and nothing of problems, which may be more by now.
 */
export function stripGroups(status, { isFirst, isPast }) {
  const { sources, journal, lag, dropped } = status
  const isOpen = journal.state === 'open'
  const state = { text: journal.state, isWarm: !isOpen && !isPast }
  if (isFirst) {
    const listening = sources.filter(({ port }) => port !== undefined)
    const ports = listening.map(({ name, port }) => `${name} ${port}`).join(' · ')
    const parts = [
      state,
      { text: journal.segments === 0 || journal.bytes === 0 ? ', empty' : ', nothing new' },
    ]
    return [
      { label: 'Listening', parts: [{ text: ports === '' ? 'nowhere' : ports }] },
      { label: 'Journal', parts },
      ...(status.problems.total > 0 ? [problemGroup(status.problems)] : []),
    ]
  }
  // Before there are two readings nothing is known of how often they come.
  const rates = sources
    .map(({ name, perSecond }) => (perSecond === undefined ? name : `${name} ${rate(perSecond)}/s`))
    .join(' · ')
  if (isPast) {
    const lagged = lag === 0 ? 'storage had no lag' : `storage lagged by ${formatCount(lag)}`
    return [
      { label: 'Collected', parts: [{ text: rates }] },
      { label: 'Journal', parts: [state, { text: `, ${lagged}` }] },
    ]
  }
  const size = `${counted(journal.segments, 'segment')}, ${formatValue('journal_bytes', 'number', journal.bytes)}`
  return [
    { label: 'Collecting', parts: [{ text: rates === '' ? 'nothing' : rates }] },
    {
      label: 'Journal',
      parts: [
        state,
        { text: ` · ${size} · ` },
        { text: `storage lags by ${formatCount(lag)}`, isWarm: lag > 0 },
      ],
    },
    { label: 'Dropped', parts: [{ text: formatCount(dropped), isWarm: dropped > 0 }] },
    problemGroup(status.problems),
  ]
}

function rate(perSecond) {
  return formatValue('', 'number', perSecond >= 10 ? Math.round(perSecond) : perSecond)
}

function problemGroup(problems) {
  return { label: 'Problems', parts: [{ text: problemText(problems), isWarm: problems.total > 0 }] }
}

const sourceNames = new Map([
  ['graphite', 'Graphite'],
  ['httpTrap', 'HTTPTrap'],
  ['hostMetrics', 'machine'],
])

/** What a part that tells of a problem is called everywhere else. */
export const sourceName = (from) => sourceNames.get(from) ?? from

/** `0`, `2 × bad line from statsd`, `14 from statsd and Graphite` */
export function problemText({ total, latest }) {
  if (total === 0 || latest.length === 0) return formatCount(total)
  const [first] = latest
  if (latest.length === 1 && first.count === total) {
    return `${formatCount(total)}${noBreak}× ${first.reason.replaceAll('-', ' ')} from ${sourceName(first.from)}`
  }
  const sources = [...new Set(latest.map(({ from }) => sourceName(from)))]
  return `${formatCount(total)} from ${sources.length > 3 ? `${sources.length} sources` : listed(sources)}`
}

export function viewersText(count) {
  return counted(count, 'viewer')
}
