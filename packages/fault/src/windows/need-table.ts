import type { Group } from './layout.ts'
import { keyOfLane, type WindowNeed } from './window-need.ts'

/** All needs that rules ever had, by number: equal ones are one. */
export class NeedTable {
  readonly all: WindowNeed[] = []
  readonly #byKey = new Map<string, number>()

  /** The number of a need. */
  add(need: WindowNeed): number {
    const key = keyOfNeed(need)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    this.#byKey.set(key, this.all.length)
    return this.all.push(need) - 1
  }

  /** What stands for a need in a snapshot. */
  keyOf(number: number): string {
    const need = this.all[number]
    return need === undefined ? '' : keyOfNeed(need)
  }

  /** The number of a need by its key, -1 where there is none. */
  numberOf(key: string): number {
    return this.#byKey.get(key) ?? -1
  }

  /** Needs that a row has already stay in their windows; new ones of one length share a new window, since the old one has not seen all. */
  grouped(groups: readonly Group[], needs: readonly number[]): readonly Group[] {
    const old = groups.map((group) => group.filter((need) => needs.includes(need)))
    const kept = old.filter((group) => group.length > 0)
    const added = new Map<string, number[]>()
    for (const need of [...new Set(needs)].sort(ascending)) {
      if (kept.some((group) => group.includes(need))) continue
      const like = kept.find((group) => group.some((other) => this.#isSameLane(need, other)))
      if (like !== undefined) {
        like.push(need)
        continue
      }
      const { durationMs, lane } = this.all[need] ?? {}
      const key = lane === 'recent' ? this.#laneKey(need) : String(durationMs)
      const group = added.get(key)
      if (group === undefined) added.set(key, [need])
      else group.push(need)
    }
    return [...kept, ...added.values()]
  }

  #laneKey(need: number): string {
    const known = this.all[need]
    return known === undefined ? '' : keyOfLane(known)
  }

  /** Whether one lane serves both needs; each lane counts its samples. */
  #isSameLane(need: number, other: number): boolean {
    const { lane, durationMs } = this.all[need] ?? {}
    const isCount = lane === 'count' && this.all[other]?.lane !== 'recent'
    return isCount ? this.all[other]?.durationMs === durationMs : this.#laneKey(need) === this.#laneKey(other)
  }
}

const ascending = (a: number, b: number): number => a - b

const keyOfNeed = (need: WindowNeed): string => `${keyOfLane(need)}${need.minFillMs ?? 0}`
