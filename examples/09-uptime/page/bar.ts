import type { Day } from '../days.ts'
import { escaped, percent } from './html.ts'

const [width, gap, height] = [6, 2, 32]

/** A share from which on a day with an outage is yellow, and below which it is red. */
const nearly = 0.95

/** Grey says that nothing is known, and never that all was well. */
export function colorOf({ known, available }: Day): 'good' | 'warning' | 'bad' | 'unknown' {
  if (known === 0) return 'unknown'
  if (available === 1) return 'good'
  return available >= nearly ? 'warning' : 'bad'
}

const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

function sentenceOf(day: Day): string {
  const date = dateOf(day.start)
  if (day.known === 0) return `${date}: unknown`
  const of = day.known === 1 ? '' : ` of the ${percent(day.known)} that is known`
  return `${date}: ${percent(day.available)}${of}`
}

/** One stroke for each day: coloured as far up as the day is known, grey above that. */
export function bar(name: string, days: readonly Day[]): string {
  const strokes = days.map((day, index) => {
    const x = index * (width + gap)
    // What is known is to be seen, however little it is.
    const known = day.known === 0 ? 0 : Math.max(2, Math.floor(day.known * height))
    const place = `x="${x}" width="${width}"`
    const grey = `<rect class="unknown" ${place} y="0" height="${height}"/>`
    const color = `<rect class="${colorOf(day)}" ${place} y="${height - known}" height="${known}"/>`
    return `<g><title>${escaped(sentenceOf(day))}</title>${grey}${known === 0 ? '' : color}</g>`
  })
  const all = days.length * (width + gap) - gap
  const label = escaped(`${name}, the last ${days.length} days`)
  return `<svg viewBox="0 0 ${all} ${height}" role="img" aria-label="${label}">${strokes.join('')}</svg>`
}
