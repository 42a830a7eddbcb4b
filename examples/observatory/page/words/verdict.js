// The one sentence at the top: what the page knows, and that it does not know what it does not know.
import { counted, formatCount } from './format.js'
import { knownText, maintenanceText, openFaults, severitySince } from './faults.js'
import { strong, ticks } from './parts.js'
import { isAverage, judgementParts, valueText } from './sentences.js'
import { age, clockTime, nearTime, zoneName } from './times.js'
import { nameText } from './names.js'

/**
 * From the model to `{ state, look, severity, glyph, title, parts, action, actionNote, documentTitle, favicon, counts, role }`.
 * `state` is `loading`, `nothing`, `faults`, `stale`, `disconnected`, `failed`, `first`, `unjudged` or `unwatched`; `look` is `plain`,
 * `good`, `band`, `tint` or `hatched`. `nameOf` tells the name of a series, `latestOf` the newest value of a fault's series; `monotonic` is
 * the clock of `link.since`.
 */
export function verdictOf(model, { monotonic, nameOf, latestOf = () => undefined }) {
  const known = { model, monotonic, nameOf, latestOf, zone: model.view.zone, now: model.now() }
  known.open = openFaults(model.faults.values())
  const spoken = choose(known)
  const host = model.about.host
  const tab = host === undefined ? 'Tocsin' : `Tocsin ${host}`
  return {
    severity: undefined,
    action: undefined,
    actionNote: '',
    counts: undefined,
    role: spoken.look === 'hatched' || spoken.look === 'band' ? 'alert' : 'status',
    ...spoken,
    title: [spoken.title].flat(),
    documentTitle: `${spoken.tab}${'✓…'.includes(spoken.tab) ? ' ' : ' · '}${tab}`,
  }
}

function choose(known) {
  const { model } = known
  const { link, status, about } = model
  if (link.state === 'loading') return loading(known)
  if (link.state === 'disconnected') return disconnected(known)
  if (link.state === 'failed') return failed(known)
  // Connected, but the state has not come: nothing may be said of it.
  if (status === undefined || about.rules === undefined) return loading(known)
  if (status.judging !== 'ok') return unjudged(known)
  if (model.isFirstStart() && known.open.length === 0) return firstStart(known)
  if (link.state === 'stale') return stale(known)
  if (link.state !== 'live') return loading(known)
  if (known.open.length > 0) return faultsOpen(known)
  return status.watched === 0 || about.rules.length === 0 ? unwatched(known) : nothing(known)
}

/** `title` is a sentence, too. */
const hatched = (state, glyph, title, parts, tab) => ({
  state,
  look: 'hatched',
  glyph,
  title,
  parts,
  tab,
  favicon: { shape: 'unknown', text: tab[0] },
})

function loading({ model, monotonic }) {
  const waited = monotonic - model.link.since
  return {
    state: 'loading',
    look: 'plain',
    glyph: 'ring',
    title: 'Asking the observatory…',
    parts: waited < 5000 ? [] : ['No answer for ', ticks(age(waited)), ', still asking.'],
    tab: '…',
    favicon: { shape: 'ring', text: '' },
  }
}

function watching({ model }) {
  const { rules } = model.about
  const { series, watched } = model.status
  const verb = rules.length === 1 ? 'watches' : 'watch'
  const part = watched === 0 ? 'none' : formatCount(watched)
  return `${counted(rules.length, 'rule')} ${verb} ${part} of ${counted(series, 'series', 'series')}.`
}

function nothing(known) {
  return {
    state: 'nothing',
    look: 'good',
    glyph: 'check',
    title: 'Nothing is wrong',
    parts: [`${watching(known)} `, ...lastEnded(known), ...windows(known)],
    tab: '✓',
    favicon: { shape: 'check', text: '' },
  }
}

function lastEnded({ model, nameOf, now }) {
  const last = model.lastEnded
  if (last === undefined) return ['No fault has ended so far.']
  const { endedAt, openedAt, endedUnseen } = last
  const name = nameText(nameOf(last.series))
  const ago = ticks(age(now - endedAt), endedAt)
  if (endedUnseen === true) return ['The last fault, ', name, ', ended unseen, at least ', ago, ' ago.']
  return ['The last fault ended ', ago, ` ago: ${name}, after ${age(endedAt - openedAt)}.`]
}

/** Who looks at a calm page is to know that nobody would be told. */
function windows({ model, now }) {
  const running = model.maintenance.filter(({ from, to }) => from <= now && now < to)
  if (running.length === 0) return []
  return [
    ` ${counted(running.length, 'maintenance window')} ${running.length === 1 ? 'holds' : 'hold'} notifications back.`,
  ]
}

function unwatched(known) {
  const hasRules = known.model.about.rules.length > 0
  const why = hasRules ? watching(known) : 'No rule is loaded.'
  const parts = [`${why} Nobody can say whether anything is wrong.`]
  return hatched('unwatched', 'question', 'Nothing is watched', parts, '? nothing watched')
}

function faultsOpen(known) {
  const { open, latestOf } = known
  const worst = open[0]
  const isKnown = worst.acknowledgement !== undefined
  const are = open.length === 1 ? 'is' : 'are'
  const ending = isKnown ? ', acknowledged' : ''
  const severity = worst.severity
  const held = maintenanceText(worst, { ...known, windows: known.model.maintenance })
  return {
    state: 'faults',
    look: !isKnown && severity <= 2 ? 'band' : 'tint',
    severity,
    glyph: `severity-${severity}`,
    title: `${counted(open.length, 'fault')} ${are} open${ending}`,
    parts: [
      ...(open.length === 1 ? [] : ['Worst: ']),
      ...worstParts(worst, latestOf(worst), known),
      ...(held === undefined ? [] : [`, in ${held}`]),
      ...(isKnown ? [`. ${knownText(worst.acknowledgement, known)}`] : [', nobody has acknowledged it.']),
      ...others(open, isKnown),
    ],
    tab: `(${open.length}) severity ${severity}`,
    favicon: { shape: `severity-${severity}`, text: open.length > 99 ? '99' : String(open.length) },
    counts: [1, 2, 3, 4, 5].map((level) => open.filter((fault) => fault.severity === level).length),
  }
}

/** `memory.used_percent at 97.8 % for 12 min 28 s` */
function worstParts(fault, latest, { nameOf, now }) {
  const name = strong(nameText(nameOf(fault.series)))
  const { metric } = fault.series
  const { is, value, averageMs } = fault.judgement
  const since = severitySince(fault)
  const open = [' for ', ticks(age(now - since), since)]
  if (is === 'absent') {
    const said = judgementParts(metric, fault.judgement, { until: now })
    const span = said.map((part) => (typeof part === 'string' ? part : ticks(part.strong)))
    return [name, ': ', ...span]
  }
  if (is === 'said') return [name, ' open', ...open]
  const shown = averageMs === undefined ? (latest ?? value) : value
  if (shown === undefined) return [name, ' open', ...open]
  return [name, ` at ${isAverage(averageMs) ? 'an average of ' : ''}${valueText(metric, shown)}`, ...open]
}

/** What is to be said of the faults beside the worst. */
function others(open, isKnown) {
  const rest = open.length - 1
  if (rest === 0 || isKnown) return []
  const acknowledged = open.slice(1).filter((fault) => fault.acknowledgement !== undefined).length
  const them = rest === 1 ? 'the other one' : `the other ${formatCount(rest)}`
  if (acknowledged === 0) return [` Nobody has acknowledged ${them} either.`]
  if (acknowledged === rest) return [` ${them.replace('t', 'T')} ${rest === 1 ? 'is' : 'are'} acknowledged.`]
  return [` ${formatCount(acknowledged)} of ${them} ${acknowledged === 1 ? 'is' : 'are'} acknowledged.`]
}

/** `2 faults were open then, the worst of severity 1` */
function openText(open, were, then) {
  if (open.length === 0) return undefined
  const worst = Math.min(...open.map(({ severity }) => severity))
  if (open.length === 1) return `1 fault of severity ${worst} ${were[0]} open${then}`
  return `${formatCount(open.length)} faults ${were[1]} open${then}, the worst of severity ${worst}`
}

function stillOpen(open) {
  const text = openText(open, ['is', 'are'], '')
  return text === undefined ? [] : [` ${text}.`]
}

function stale({ model, now, zone, open }) {
  const at = model.lastSampleAt
  const since =
    at === undefined
      ? ['this machine has sent no sample yet.']
      : ['this machine’s last sample is from ', nearTime(at, now, zone, clockTime), '. Charts end there.']
  const title = at === undefined ? 'Nothing new' : ['Nothing new for ', ticks(age(now - at), at)]
  const parts = [
    'Connected, and faults are as the observatory tells them, but ',
    ...since,
    ...stillOpen(open),
  ]
  return hatched('stale', 'clock', title, parts, '? stale')
}

function unjudged({ model, open }) {
  return hatched(
    'unjudged',
    'question',
    'Faults are not being found',
    [
      'Connected, but the observatory does not judge: ',
      strong(model.status.judging),
      '. What goes wrong now, this page cannot say.',
      ...stillOpen(open),
    ],
    '? not judging',
  )
}

function firstStart({ model, now, zone }) {
  const { rules, startedAt } = model.about
  const start = `${nearTime(startedAt, now, zone, clockTime)} ${zoneName(startedAt, zone)}`
  const loaded =
    rules.length === 0
      ? 'No rule is loaded'
      : `${counted(rules.length, 'rule')} ${rules.length === 1 ? 'is' : 'are'} loaded`
  return hatched(
    'first',
    'question',
    'Nothing has been received yet',
    [
      `The observatory runs and listens since ${start}. ${loaded}; `,
      'until samples come, nobody can say whether anything is wrong.',
    ],
    '? nothing yet',
  )
}

function disconnected({ model, monotonic, now, zone, open }) {
  const { asOf, tries, nextTryAt } = model.link
  const then =
    asOf === undefined
      ? ['The observatory has told nothing yet. Whether anything is wrong, this page cannot say.']
      : [
          'Everything below is from ',
          strong(`${nearTime(asOf, now, zone, clockTime)} ${zoneName(asOf, zone)}`),
          ', ',
          ticks(age(now - asOf), asOf),
          ` ago. ${openText(open, ['was', 'were'], ' then') ?? 'Nothing was open then'}. `,
          'What has happened since, this page cannot say.',
        ]
  const next = nextTryAt === undefined ? '' : `next in ${age(nextTryAt - monotonic)}`
  return {
    ...hatched('disconnected', 'question', 'Not connected: the state is not known', then, '? not connected'),
    action: 'Try now',
    actionNote: [tries > 0 ? counted(tries, 'try', 'tries') : '', next]
      .filter((text) => text !== '')
      .join(', '),
  }
}

function failed({ model, monotonic }) {
  const { said, isOwn, nextTryAt } = model.link
  const next = nextTryAt === undefined ? [] : [' Asking again in ', ticks(age(nextTryAt - monotonic)), '.']
  const words = said === undefined || said === '' ? ['It said nothing.'] : ['It said: ', strong(said), '.']
  const own = ['Its script stopped: ', strong(said ?? 'no reason is known'), '.']
  const parts = [...(isOwn ? own : words), ' Nothing below is known to be true now.', ...next]
  const title = isOwn ? 'This page cannot go on' : 'The observatory answers, but cannot tell its state'
  return {
    ...hatched('failed', 'cross', title, parts, '✕ failed'),
    action: isOwn ? 'Load again' : 'Ask now',
  }
}
