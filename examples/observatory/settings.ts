import { parseArgs } from 'node:util'

/** What can be told on the command line: `npm start -- --http-port 9000`. Port 0 means a free one. */
export interface Settings {
  readonly host: string
  readonly httpPort: number
  readonly statsdPort: number
  readonly graphitePort: number
  /** Folder of the journal, the rollups, the alerts and the faults. */
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

const whole = (min: number, max: number): string => `a whole number from ${min} to ${max}`
const port = whole(0, 65_535)

/** What each flag takes, and what it is for. */
const flags = {
  host: { takes: 'an address of this machine', what: 'where everything listens' },
  'http-port': { takes: port, what: 'the page and HTTPTrap; 0 takes a free port' },
  'statsd-port': { takes: port, what: 'statsd, UDP' },
  'graphite-port': { takes: port, what: 'Graphite lines, TCP' },
  data: { takes: 'a folder', what: 'journal, rollups, alerts, faults, the HTTPTrap secret' },
  'period-ms': { takes: whole(100, 60_000), what: 'how often this machine is measured, ms' },
  webhook: {
    takes: 'an http or https address without a user name',
    what: 'where notifications are posted too',
  },
} as const
type Flag = keyof typeof flags

const defaults: Readonly<Record<Flag, string>> = {
  host: defaultSettings.host,
  'http-port': String(defaultSettings.httpPort),
  'statsd-port': String(defaultSettings.statsdPort),
  'graphite-port': String(defaultSettings.graphitePort),
  data: defaultSettings.data,
  'period-ms': String(defaultSettings.periodMs),
  webhook: 'nowhere',
}

/** What `--help` prints. */
export const usage = `Usage: npm start -- [flags]

${Object.entries(flags)
  .map(([flag, { what }]) => `  ${`--${flag}`.padEnd(16)} ${what} (${defaults[flag as Flag]})`)
  .join('\n')}
  ${'-h, --help'.padEnd(16)} this text

Example: npm start -- --http-port 9000 --data /tmp/observatory`

/** The settings of a command line, or that it asks for help; throws a sentence for what it does not know. */
export function readSettings(args: readonly string[]): Settings | 'help' {
  const given = readFlags(args)
  if (given === 'help') return given
  const number = (flag: Flag, otherwise: number, min: number, max: number): number => {
    const text = given.get(flag)
    if (text === undefined) return otherwise
    return /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max
      ? Number(text)
      : refuse(flag, text)
  }
  const text = (flag: Flag): string | undefined =>
    given.get(flag)?.trim() === '' ? refuse(flag, given.get(flag)) : given.get(flag)
  const webhook = text('webhook')
  if (webhook !== undefined && !isWebhook(webhook)) refuse('webhook', webhook)
  const settings = {
    host: text('host') ?? defaultSettings.host,
    httpPort: number('http-port', defaultSettings.httpPort, 0, 65_535),
    statsdPort: number('statsd-port', defaultSettings.statsdPort, 0, 65_535),
    graphitePort: number('graphite-port', defaultSettings.graphitePort, 0, 65_535),
    data: text('data') ?? defaultSettings.data,
    periodMs: number('period-ms', defaultSettings.periodMs, 100, 60_000),
    webhook,
  }
  if (settings.httpPort === settings.graphitePort && settings.httpPort !== 0) {
    throw new Error(
      `--http-port and --graphite-port are both ${settings.httpPort}; give them different ports, as both are TCP.`,
    )
  }
  return settings
}

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

function refuse(flag: Flag, given: string | undefined): never {
  // The address of a webhook often is a password as well.
  const shown = flag === 'webhook' && given?.trim() !== '' ? 'something else' : `"${given}"`
  const what = given === undefined ? 'nothing' : shown
  throw new Error(`--${flag} takes ${flags[flag].takes}, got ${what}.`)
}

function readFlags(args: readonly string[]): ReadonlyMap<Flag, string> | 'help' {
  const options = Object.fromEntries(Object.keys(flags).map((flag) => [flag, { type: 'string' } as const]))
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    strict: false,
    tokens: true,
  })
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) return 'help'
  const given = new Map<Flag, string>()
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      const what = token.value.includes('://') ? 'An address' : `"${token.value}"`
      throw new Error(
        `${what} stands behind no flag; flags come after a lone --, as in npm start -- --http-port 9000.`,
      )
    }
    const { name, rawName, value, inlineValue } = token
    if (!isFlag(name)) throw new Error(unknownFlag(rawName))
    // The next flag is no value, although a file could be called so.
    if (value === undefined || (!inlineValue && value.startsWith('--'))) refuse(name, undefined)
    // The last one counts, so that a line that is kept somewhere can be added to.
    given.set(name, value)
  }
  return given
}

const isFlag = (name: string): name is Flag => Object.hasOwn(flags, name)

function unknownFlag(rawName: string): string {
  const name = rawName.replace(/^-+/, '')
  const near = Object.keys(flags).find((flag) => name.length > 2 && flag.includes(name))
  const hint = near === undefined ? 'npm start -- --help lists all.' : `did you mean --${near}?`
  return `There is no flag ${rawName}; ${hint}`
}
