// What a card of a metric that was sent shows. Pure.
import { counted, formatCount, unitOf } from '../words/format.js'
import { age } from '../words/times.js'
import { lineStyle } from './plot/colours.js'
import { isSparse } from './columns.js'
import { seriesLabels } from './plot/series-labels.js'

const plotHeight = 96
/** As there are colours: of more lines three have one. */
const mostColoured = 5
/** As many as a card draws by itself. */
const largest = 9
/** Of all series so many still get colour, dash and label. */
const mostTold = 10
const coloured = 3
/** What came less often is not known to come in any rhythm. */
const leastGaps = 3
/** What a picture can take at all, which is what one question may ask for. */
const mostSeries = 120

/** The card of one metric of the catalogue; `all` where the viewer wants more than the largest. */
export function sentCard({ metric, drawn, count, shown, thresholds }, { host, isAll = false }) {
  const isMany = count > mostColoured
  const told = !isMany || (isAll && shown.length <= mostTold) ? mostTold : coloured
  // By their names: what is largest now may change, and then no line shall change its colour.
  const order =
    isMany && !isAll ? shown : shown.toSorted((one, other) => (one.series.key < other.series.key ? -1 : 1))
  const { categories, labels } = seriesLabels(
    order.map(({ series }) => series),
    host,
  )
  const lines = order.map(({ series, value }, at) => ({
    key: series.key,
    metric,
    drawn,
    label: labels[at],
    lastKnown: value,
    isText: drawn === 'text',
    ...lineStyle(at % 10),
    isLabelled: at < told,
    isGrey: at >= told,
  }))
  return {
    id: `sent ${metric}`,
    title: metric,
    metrics: [metric],
    height: plotHeight,
    drawn,
    lines,
    keys: lines.map(({ key }) => key),
    unit: { ...unitOf(metric, drawn), metric, drawn },
    thresholds,
    note: (_valueAt, picture) => noteOf({ count, categories, drawn }, picture),
    ...(isMany && { footer: footerOf(count, shown.length, isAll), isAll, metric }),
  }
}

function noteOf({ count, categories, drawn }, picture) {
  if (drawn === 'text' && count === 1) return `text · ${changes(picture)}`
  const by = count > 1 && count <= largest && categories.length === 1 ? ` by ${categories[0]}` : ''
  const parts = [counted(count, 'series', 'series') + by]
  if (drawn === 'text') parts.push('text')
  if (drawn === 'rate') parts.push('per second')
  const step = picture?.lines[0]?.own.step
  if (
    picture?.lines.some((line) => line.isSparse) &&
    isSparse(step, picture.from, picture.to) &&
    countOf(picture.lines[0].own) > leastGaps
  )
    parts.push(`a sample every ${age(step)}`)
  return parts.join(' · ')
}

const countOf = ({ values }) => values.filter((value) => value !== null).length

function changes(picture) {
  const blocks = picture?.lines[0]?.blocks ?? []
  const count = blocks.filter(({ text }, at) => at > 0 && text !== blocks[at - 1].text).length
  if (blocks.length === 0) return 'nothing in this time'
  return ['no change', 'changed once', 'changed twice'][count] ?? `changed ${formatCount(count)} times`
}

/** `said`, and the button that shows `all` or goes back; where all are drawn there are only more names to show. */
function footerOf(count, drawn, isAll) {
  const order = isAll && drawn === count ? '' : ', largest first'
  if (count <= largest) {
    return {
      said: `${count} of ${count} drawn${order}`,
      button: isAll ? `name ${coloured}` : `name all ${count}`,
    }
  }
  const all = count > mostSeries ? `${mostSeries} largest` : `all ${formatCount(count)}`
  return {
    said: `${formatCount(drawn)} of ${formatCount(count)} drawn${order}`,
    button: isAll ? `${largest} largest` : all,
  }
}

/** What stands beside the section's title. */
export function sentNote({ series, matching, metrics, matchingMetrics }, isFiltered, band) {
  const said = isFiltered
    ? `${formatCount(matchingMetrics)} of ${counted(metrics, 'metric')} ${matchingMetrics === 1 ? 'matches' : 'match'}`
    : `${counted(series, 'series', 'series')} in ${counted(metrics, 'metric')}`
  return [said, matching > 0 ? band : undefined].filter((part) => part !== undefined).join(' · ')
}

/** `metrics 1–9 of 9` */
export function pagerText({ offset, matchingMetrics, cards }) {
  const last = offset + cards.length
  return `metrics ${formatCount(offset + 1)}–${formatCount(last)} of ${formatCount(matchingMetrics)}`
}
