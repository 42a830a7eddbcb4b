import { parseArgs } from 'node:util'

/** What can be told on the command line: `npm start -- --http-port 9000`. Port 0 means a free one. */
export interface Settings {
  readonly host: string
  readonly httpPort: number
  readonly statsdPort: number
  readonly graphitePort: number
  /** Folder of the journal, the rollups and the alerts. */
  readonly data: string
  /** How often this machine is measured, ms. */
  readonly periodMs: number
  /** Where notifications are posted besides the console and the page. */
  readonly webhook: string | undefined
}

export const defaultSettings: Settings = {
  host: '127.0.0.1',
  httpPort: 8080,
  statsdPort: 8125,
  graphitePort: 2003,
  data: './data',
  periodMs: 1000,
  webhook: undefined,
}

/** The settings of a command line; throws a sentence for what it does not know. */
export function readSettings(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      'http-port': { type: 'string' },
      'statsd-port': { type: 'string' },
      'graphite-port': { type: 'string' },
      data: { type: 'string' },
      'period-ms': { type: 'string' },
      webhook: { type: 'string' },
    },
  })
  return {
    host: values.host ?? defaultSettings.host,
    httpPort: whole('http-port', values['http-port'], defaultSettings.httpPort, 0, 65_535),
    statsdPort: whole('statsd-port', values['statsd-port'], defaultSettings.statsdPort, 0, 65_535),
    graphitePort: whole('graphite-port', values['graphite-port'], defaultSettings.graphitePort, 0, 65_535),
    data: values.data ?? defaultSettings.data,
    periodMs: whole('period-ms', values['period-ms'], defaultSettings.periodMs, 100, 60_000),
    webhook: values.webhook,
  }
}

function whole(name: string, given: string | undefined, otherwise: number, min: number, max: number): number {
  if (given === undefined) return otherwise
  const value = Number(given)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`--${name} takes a whole number from ${min} to ${max}, got "${given}".`)
}
