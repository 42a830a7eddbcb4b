import { series, type Sample } from '@tocsin/protocols'

import { samplesOf } from '../plugin.ts'

/** Series in a round, which is a second: those of machines, and behind them what one plugin says. */
export const width = 20
/** What the plugin says of one label, as Alignak's backend calls it. */
export const said = ['_var', '_var_warning', '_var_critical', '_var_min', '_var_max']
/** How many machines there are. */
export const machines = width - said.length
const loads = Array.from({ length: machines }, (_, machine) => series('load', { machine: `web${machine}` }))

/** The samples of a second; the value of each is its number, counted through all rounds. */
export function roundOf(round: number, from: number): readonly Sample[] {
  const second = from + round
  const first = round * width
  const own = loads.map((series, at): Sample => ({
    series,
    time: second * 1000,
    value: first + at,
    kind: 'gauge',
  }))
  const [value, ...thresholds] = said.map((_, at) => first + machines + at)
  const line = `[${second}] PROCESS_SERVICE_CHECK_RESULT;till;disk;1;DISK WARNING | /var=${value}%;${thresholds.join(';')}`
  return [...own, ...samplesOf(line)]
}

/** What the program tells of itself. */
export interface Report {
  /** Records in its journal. */
  readonly written: number
  readonly cursors: Readonly<Record<'graphite' | 'influx', { readonly lag: number; readonly acked: number }>>
}
