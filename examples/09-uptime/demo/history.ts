import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Journal } from '@tocsin/journal'
import { series, type Sample } from '@tocsin/protocols'

import { dayCount } from '../days.ts'

const minute = 60_000
const day = 1440 * minute
/** Between two looks that never were. */
const stepMs = 30 * minute

/** The same number from 0 to 1 for the same words: the same past, should it be written twice. */
const chance = (...words: readonly (string | number)[]): number =>
  createHash('sha256').update(words.join()).digest().readUInt32BE() / 2 ** 32

/** How a target was at a time of a past that was never there; `undefined` where nobody looked. */
function pastOf(name: string, time: number, firstDay: number): 'up' | 'down' | undefined {
  const number = Math.floor(time / day)
  const ofDay = (time % day) / day
  // One was put on the list later, and for some days nobody was there.
  if (name === 'feed' && number < firstDay + 30) return undefined
  if (number === firstDay + 52 || (number === firstDay + 53 && ofDay < 0.4)) return undefined
  const luck = chance(name, number)
  const begin = chance(name, number, 'begin') * 0.8
  const length = luck < 0.02 ? 0.15 : luck < 0.08 ? 0.03 : 0
  return ofDay >= begin && ofDay < begin + length ? 'down' : 'up'
}

/**
 * Writes a past for the demonstration, once, as samples with `invented` for their source: days that were never measured.
 *
 * @returns where it ends and what is measured begins, ms since the Unix epoch
 */
export async function inventPast(
  journal: Journal<Sample>,
  folder: string,
  names: readonly string[],
): Promise<number> {
  const file = join(folder, 'invented-until.json')
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'))
  const now = Date.now()
  const firstDay = Math.floor(now / day) - dayCount + 1
  for (let time = firstDay * day; time < now; time += day) {
    const samples: Sample[] = []
    for (const name of names) {
      const up = series('up', { check: name })
      const state = series('state', { check: name })
      for (let at = time; at < Math.min(now, time + day); at += stepMs) {
        const past = pastOf(name, at, firstDay)
        if (past === undefined) continue
        const value = past === 'up' ? 1 : 0
        samples.push({ series: up, time: at, value, kind: 'gauge', source: 'invented' })
        samples.push({ series: state, time: at, value: 2 - 2 * value, kind: 'state', source: 'invented' })
      }
    }
    await journal.appendBatch(samples)
  }
  writeFileSync(file, String(now))
  return now
}
