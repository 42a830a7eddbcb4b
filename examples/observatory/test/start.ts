import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

import { bundledMain } from './bundled-main.ts'

/** An observatory in a process of its own. */
export interface Running {
  readonly process: ChildProcess
  readonly url: string
  readonly trapUrl: string
  readonly statsdPort: number
  readonly graphitePort: number
  /** Ends the process and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** How a process ended that did not start. */
export interface Ended {
  readonly code: number | null
  readonly errors: string
}

/** Starts the observatory, whose program is that of `npm start`, on free ports unless told otherwise, and waits until it has printed where it listens. */
export async function start(data: string, ...more: readonly string[]): Promise<Running> {
  const { child, started } = launch(data, more)
  const result = await started
  if ('code' in result) throw new Error(`ended with ${String(result.code)}: ${result.errors}`)
  return { process: child, ...result, stop: (signal = 'SIGTERM') => end(child, signal) }
}

/** Starts one that is expected to fail; gives how it ended. */
export async function startInVain(data: string, ...more: readonly string[]): Promise<Ended> {
  const { child, started } = launch(data, more)
  const result = await started
  if ('code' in result) return result
  await end(child, 'SIGKILL')
  throw new Error('it started')
}

type Addresses = Pick<Running, 'url' | 'trapUrl' | 'statsdPort' | 'graphitePort'>

function launch(
  data: string,
  more: readonly string[],
): { child: ChildProcess; started: Promise<Addresses | Ended> } {
  const ports = ['--http-port', '0', '--statsd-port', '0', '--graphite-port', '0']
  const child = spawn(process.execPath, [bundledMain(), '--data', data, ...ports, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const started = new Promise<Addresses | Ended>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const statsd = /statsd on UDP \S+ port (\d+)/.exec(output)?.[1]
      const graphite = /Graphite on TCP \S+ port (\d+)/.exec(output)?.[1]
      const url = /observatory: (\S+)/.exec(output)?.[1]
      const trapUrl = /http:\S+\/httptrap\/\w+/.exec(output)?.[0]
      if (url === undefined || trapUrl === undefined) return
      resolve({ url, trapUrl, statsdPort: Number(statsd), graphitePort: Number(graphite) })
    })
    child.once('close', (code) => resolve({ code, errors }))
  })
  return { child, started }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await gone
}
