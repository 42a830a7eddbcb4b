import type { Close, Fault, FaultHistory, LogEntry, Maintenance, State, Status } from '../../server/wire.ts'
import { scenes } from '../scenes/index.ts'
import type { InventedSeries, Scene } from '../scenes/index.ts'
import { day } from '../scenes/scene.ts'
import { catalogueOf } from './catalogue.ts'

/** A scene that goes on: what of it changes, and the answers that are made of it. */
export class World {
  readonly scene: Scene
  readonly token = 'token-of-the-stand-in'
  readonly series: Map<string, InventedSeries>
  faults: readonly Fault[]
  log: readonly LogEntry[]
  maintenance: readonly Maintenance[]
  readonly #came = new Map<string, number>()

  constructor(name: string, now: number) {
    const make = scenes.get(name)
    if (make === undefined)
      throw new Error(`There is no scene ${name}; there are ${[...scenes.keys()].join(', ')}.`)
    this.scene = make(now)
    this.series = new Map(this.scene.series.map((one) => [one.series.key, one]))
    this.faults = this.scene.faults
    this.log = this.scene.log
    this.maintenance = this.scene.maintenance
  }

  /** The first sample of that source. */
  arrive(source: string, time: number): void {
    this.#came.set(source, time)
  }

  status(now: number, viewers: number, lastSampleAt: number): Status {
    const { scene } = this
    const machine = [...this.series.values()].some((one) => one.machine)
    return {
      now,
      viewers: viewers + scene.others,
      series: this.series.size,
      watched: scene.rules.reduce((sum, { watching }) => sum + watching, 0),
      sources: scene.sources.map((source) =>
        this.#came.has(source.name) ? { ...source, perSecond: 1, samples: 1 } : source,
      ),
      journal: scene.journal,
      lag: scene.lag,
      dropped: 0,
      problems: scene.problems,
      judging: 'ok',
      ...(machine && { lastSampleAt }),
      closest: this.#closest(now),
    }
  }

  state(now: number, status: Status, position: string): State {
    const { scene, token } = this
    return {
      now,
      position,
      host: scene.host,
      startedAt: scene.startedAt,
      token,
      periodMs: 1000,
      cores: 8,
      rules: scene.rules,
      faults: this.faults.filter(({ endedAt }) => endedAt === undefined || endedAt > now - day),
      ...(scene.lastEnded && { lastEnded: scene.lastEnded }),
      log: this.log.filter(({ time }) => time > now - day),
      maintenance: this.maintenance,
      pauses: scene.pauses,
      lines: linesOf().map((line) => {
        const cameAt = this.#came.get(line.source)
        return cameAt === undefined ? line : { ...line, cameAt }
      }),
      status,
    }
  }

  history(now: number, from: number, to: number): FaultHistory {
    return {
      now,
      faults: this.faults.filter(({ openedAt, endedAt }) => openedAt <= to && (endedAt ?? Infinity) >= from),
      log: this.log.filter(({ time }) => time >= from && time <= to),
      pauses: this.scene.pauses,
    }
  }

  #closest(now: number): readonly Close[] {
    const cards = ['disk.used_percent', 'memory.used_percent', 'checkout.latency_ms', 'cpu.used_percent']
    return cards
      .flatMap((metric) => {
        const answer = catalogueOf(
          [...this.series.values()].filter(({ series }) => series.metric === metric),
          this.scene.rules,
          new URLSearchParams(),
          now,
        )
        if ('error' in answer) return []
        return [...answer.machine.cards, ...answer.sent.cards].flatMap(({ shown, thresholds }) =>
          shown.map(({ series, value }): Close => {
            const level = thresholds.toSorted((a, b) => a.threshold - b.threshold)[0]!
            return { series, value: Number(value), level, part: Number(value) / level.threshold }
          }),
        )
      })
      .toSorted((a, b) => b.part - a.part)
      .slice(0, 3)
  }
}

function linesOf(): State['lines'] {
  const trap = `curl -d '{"checkout": {"latency_ms": 12.5}}' http://127.0.0.1:8080/httptrap/`
  return [
    { source: 'statsd', label: 'statsd, UDP', line: 'echo "demo.queue:120|g" | nc -u -w1 127.0.0.1 8125' },
    {
      source: 'Graphite',
      label: 'Graphite, TCP',
      line: 'echo "demo.orders 42 $(date +%s)" | nc -w1 127.0.0.1 2003',
    },
    {
      source: 'HTTPTrap',
      label: 'HTTPTrap',
      line: `${trap}4f2a0d4b7c6e5f31a29bc81d`,
      shown: `${trap}4f2a…c81d`,
    },
  ]
}
