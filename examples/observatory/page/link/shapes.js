// Whether what came is what it should be: the page shows nothing that it has not understood.

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value)
const isText = (value) => typeof value === 'string'
const isSeverity = (value) => Number.isInteger(value) && value >= 1 && value <= 5
const optional = (is) => (value) => value === undefined || is(value)
const listOf = (is) => (value) => Array.isArray(value) && value.every(is)
const shape = (fields) => (value) =>
  isObject(value) && Object.entries(fields).every(([name, is]) => is(value[name]))

const isSeries = shape({
  key: isText,
  metric: isText,
  tags: (tags) => isObject(tags) && Object.values(tags).every(isText),
})
const isStretch = shape({ from: isNumber, to: optional(isNumber) })
const isJudgement = shape({ is: isText, said: optional(isText), sampleTime: isNumber })
const isPause = shape({ from: isNumber, to: isNumber })

const isFault = shape({
  id: isText,
  alert: optional(isText),
  ruleSet: isText,
  series: isSeries,
  severity: isSeverity,
  openedAt: isNumber,
  endedAt: optional(isNumber),
  severities: listOf(shape({ severity: isSeverity, since: isNumber })),
  judgement: isJudgement,
  text: isText,
  acknowledgement: optional(shape({ by: isText, at: isNumber, until: optional(isNumber) })),
  acknowledged: listOf(isStretch),
  maintained: listOf(isStretch),
  told: optional(shape({ groups: listOf(isText), channel: optional(isText), at: isNumber })),
})

const isEntry = shape({
  id: isText,
  time: isNumber,
  type: isText,
  series: optional(isSeries),
  severity: optional(isSeverity),
  channels: listOf(shape({ name: isText, state: isText })),
})

const isMaintenance = listOf(shape({ id: isText, select: isText, from: isNumber, to: isNumber }))

const isStatus = shape({
  now: isNumber,
  viewers: isNumber,
  series: isNumber,
  watched: isNumber,
  sources: listOf(shape({ name: isText, perSecond: optional(isNumber), samples: isNumber })),
  journal: shape({ state: isText, segments: isNumber, bytes: isNumber }),
  lag: isNumber,
  dropped: isNumber,
  problems: shape({ total: isNumber, latest: listOf(isObject) }),
  judging: isText,
  lastSampleAt: optional(isNumber),
  closest: optional(listOf(shape({ series: isSeries, value: isNumber, level: isObject, part: isNumber }))),
})

const stateFields = {
  now: isNumber,
  position: isText,
  host: isText,
  startedAt: isNumber,
  token: isText,
  periodMs: isNumber,
  cores: isNumber,
  rules: listOf(shape({ id: isText, select: isText, levels: listOf(isObject), watching: isNumber })),
  faults: listOf(isFault),
  lastEnded: optional(isFault),
  log: listOf(isEntry),
  maintenance: isMaintenance,
  pauses: listOf(isPause),
  lines: listOf(shape({ source: isText, label: isText, line: isText })),
  status: isStatus,
}

/** What is wrong with a state; `undefined` where nothing is. */
export function wrongState(state) {
  if (!isObject(state)) return 'what it sent is not a state'
  const wrong = Object.entries(stateFields).find(([name, is]) => !is(state[name]))
  return wrong && `what it sent is not a state: its ${wrong[0]} cannot be read`
}

export const isFaultHistory = shape({
  now: isNumber,
  faults: listOf(isFault),
  log: listOf(isEntry),
  pauses: listOf(isPause),
})

const isCards = listOf(
  shape({
    metric: isText,
    drawn: isText,
    count: isNumber,
    shown: listOf(shape({ series: isSeries })),
    thresholds: listOf(shape({ severity: isSeverity, threshold: isNumber })),
  }),
)

export const isCatalogue = shape({
  now: isNumber,
  series: isNumber,
  matching: isNumber,
  machine: shape({ series: isNumber, matching: isNumber, cards: isCards }),
  sent: shape({
    series: isNumber,
    matching: isNumber,
    metrics: isNumber,
    matchingMetrics: isNumber,
    cards: isCards,
  }),
  tags: listOf(shape({ category: isText, value: isText, count: isNumber })),
})

/** The events of the stream, by name; every other is ignored. */
export const events = new Map([
  ['hello', shape({ now: isNumber, resumed: (value) => typeof value === 'boolean' })],
  ['fault', isFault],
  ['entry', isEntry],
  ['maintenance', isMaintenance],
  [
    'samples',
    shape({
      version: isNumber,
      rows: listOf((row) => Array.isArray(row) && isNumber(row[0]) && isNumber(row[1])),
    }),
  ],
  ['status', isStatus],
  ['catalogue', shape({ series: isNumber, watched: isNumber })],
  ['gap', shape({ missed: isNumber })],
])
