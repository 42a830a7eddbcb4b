import { expect } from 'vitest'

import type { Rollup } from '../../src/engine/rollups.ts'
import type { WindowRules } from '../../src/memory/window-readings.ts'
import { periodMs, type Step } from './any-run.ts'
import { exactWindow, type LoggedReading } from './exact-window.ts'
import { ModelStore, windowKey, type Mistake } from './model-store.ts'

const startOf = (time: number): number => Math.floor(time / periodMs) * periodMs

/** A run, and which windows the log did not have any more when something late came for them. */
export class Run {
  readonly store: ModelStore
  readonly byWindow: Map<string, LoggedReading[]> = new Map()
  /** Windows that had a reading while the log had lost others of them. */
  readonly patched: Set<string> = new Set()
  readonly #rules: WindowRules

  constructor(rules: WindowRules, mistake: Mistake = {}) {
    this.#rules = rules
    this.store = new ModelStore({ periodMs, ...rules }, mistake)
  }

  async play(steps: readonly Step[], check: () => void = () => undefined): Promise<void> {
    for (const step of steps) {
      await this.#take(step)
      check()
    }
  }

  write(readings: readonly LoggedReading[]): void {
    for (const one of readings) {
      const key = windowKey(one.series, startOf(one.time))
      const known = this.byWindow.get(key)
      if (known === undefined) this.byWindow.set(key, [one])
      else known.push(one)
      if (startOf(one.time) < this.store.log.completeFrom) this.patched.add(key)
    }
    this.store.write(readings)
  }

  /** Throws where a window says anything but what its readings say, now and after all is flushed. */
  async judge(): Promise<void> {
    this.store.log.failures = 0
    await this.#judgeOnce()
    await this.store.flush(Infinity)
    expect(this.store.memory.pending).toBe(0)
    await this.#judgeOnce()
  }

  async #judgeOnce(): Promise<void> {
    for (const series of seriesOf(this)) {
      const windows = await this.store.read(series)
      for (const key of this.byWindow.keys()) {
        if (!key.startsWith(`${series}@`)) continue
        const rollup = windows.get(Number(key.split('@')[1]))
        if (this.patched.has(key) && (rollup?.inexact === true || this.isMixed(key))) continue
        expect(rollup, key).toEqual(this.expected(key))
      }
    }
  }

  expected(key: string): Rollup {
    return exactWindow(this.byWindow.get(key) ?? [], this.#rules)
  }

  /** Of a stored window of both events and values nobody can tell which of them its first and last are. */
  isMixed(key: string): boolean {
    return new Set((this.byWindow.get(key) ?? []).map((one) => 'event' in one && one.event)).size > 1
  }

  async #take(step: Step): Promise<void> {
    const { store } = this
    switch (step.type) {
      case 'write':
        this.write(step.readings)
        break
      case 'settle': {
        const waiting = [...step.during]
        store.log.between = () => this.write(waiting.shift() ?? [])
        await store.memory.settle(store.log).catch(() => undefined)
        store.log.between = () => undefined
        for (const one of waiting) this.write(one)
        break
      }
      case 'flush': {
        const waiting = [...step.during]
        await store.flush(step.closeTo, () => this.write(waiting.shift() ?? [])).catch(() => undefined)
        store.log.between = () => undefined
        for (const one of waiting) this.write(one)
        break
      }
      case 'restart':
        store.restart()
        break
      case 'fail':
        store.log.failures = 1
        break
      case 'drop':
        this.#drop(step.records)
        break
    }
  }

  #drop(records: number): void {
    const { log } = this.store
    this.store.drop(records)
    // Readings that came late and were not flushed yet.
    for (const { readings } of log.records) {
      for (const { series, time } of readings) {
        if (startOf(time) < log.completeFrom) this.patched.add(windowKey(series, startOf(time)))
      }
    }
  }
}

/** Numbers of the series that had readings. */
export const seriesOf = (run: Run): number[] => [
  ...new Set([...run.byWindow.keys()].map((key) => Number(key.split('@')[0]))),
]
