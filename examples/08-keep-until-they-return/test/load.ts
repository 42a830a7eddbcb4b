import { series, type Sample } from '@tocsin/protocols'

export const hosts = 20
const all = Array.from({ length: hosts }, (_, host) => series('load', { host: `web${host}` }))

/** The sample of a number: hosts take turns, and a round of them is a second. */
export const sampleOf = (number: number, from: number): Sample => ({
  series: all[number % hosts] as Sample['series'],
  time: (from + Math.floor(number / hosts)) * 1000,
  value: number,
  kind: 'gauge',
})

/** What the program tells of itself. */
export interface Report {
  /** Records in its journal. */
  readonly written: number
  readonly cursors: Readonly<Record<'graphite' | 'influx', { readonly lag: number; readonly acked: number }>>
}
