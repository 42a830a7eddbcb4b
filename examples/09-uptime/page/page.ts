import type { CheckState } from '@tocsin/protocols/checks'

import { availabilityOf, dayCount, type Day } from '../days.ts'
import type { Now } from '../latest.ts'
import { certificateDays } from '../rules.ts'
import { bar } from './bar.ts'
import { escaped, percent } from './html.ts'

/** What the page is made of. */
export interface Shown {
  readonly targets: readonly Now[]
  readonly days: ReadonlyMap<string, readonly Day[]>
  readonly now: number
  /** Before that, what is shown was never measured, ms since the Unix epoch. */
  readonly inventedUntil?: number | undefined
}

const words: Readonly<Record<CheckState, string>> = {
  good: 'up',
  warning: 'up, with a warning',
  bad: 'down',
  unknown: 'unknown',
}

/** The worst decides, and what is unknown keeps all from being well. */
function headline(targets: readonly Now[]): { readonly state: CheckState; readonly text: string } {
  const count = (state: CheckState): number => targets.filter((target) => target.state === state).length
  const [bad, unknown, warning] = [count('bad'), count('unknown'), count('warning')]
  if (targets.length === 0) return { state: 'unknown', text: 'No targets' }
  if (bad > 0) return { state: 'bad', text: `${bad} of ${targets.length} down` }
  if (unknown > 0) return { state: 'unknown', text: `${unknown} of ${targets.length} unknown` }
  if (warning > 0) return { state: 'warning', text: `All up, ${warning} with a warning` }
  return { state: 'good', text: 'All up' }
}

function certificate({ certificateEnds }: Now, now: number): string {
  if (certificateEnds === undefined) return ''
  const days = Math.floor((certificateEnds - now) / 86_400_000)
  const state = days < certificateDays.bad ? 'bad' : days < certificateDays.warning ? 'warning' : 'good'
  const text = days < 0 ? 'certificate has ended' : `certificate: ${days} ${days === 1 ? 'day' : 'days'} left`
  return `<span class="certificate text-${state}">${text}</span>`
}

function row(target: Now, days: readonly Day[], now: number): string {
  const { name, state, status } = target
  const availability = availabilityOf(days)
  const known = Number.isNaN(availability) ? 'unknown' : `${percent(availability)} available`
  return `<li>
  <h2>${escaped(name)} <span class="state text-${state}">${words[state]}</span></h2>
  <p class="status">${escaped(status)}</p>
  ${bar(name, days)}
  <p class="figures"><span>${dayCount} days ago</span><span>${known}</span>${certificate(target, now)}<span>today</span></p>
</li>`
}

const unknownDays = (): readonly Day[] =>
  Array.from({ length: dayCount }, () => ({ start: 0, known: 0, available: NaN }))

/** The page, whole, without a script: the browser asks again by itself. */
export function page({ targets, days, now, inventedUntil }: Shown): string {
  const { state, text } = headline(targets)
  const rows = targets.map((target) => row(target, days.get(target.name) ?? unknownDays(), now))
  const invented =
    inventedUntil === undefined
      ? ''
      : `<p class="invented">What is shown from before ${new Date(inventedUntil).toISOString().slice(0, 16).replace('T', ' ')} UTC is made up, so that there is something to see.</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>${escaped(text)}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<h1 class="text-${state}">${escaped(text)}</h1>
${invented}
<ul>
${rows.join('\n')}
</ul>
<p class="legend"><span class="text-good">green</span> up all day, <span class="text-warning">yellow</span> for 95 % of it, <span class="text-bad">red</span> for less, <span class="text-unknown">grey</span> unknown. Days are those of UTC.</p>
<p class="legend">As of ${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC</p>
</body>
</html>
`
}
