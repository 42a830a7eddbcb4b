import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { temporaryFolder } from '../../graphite/daemon.ts'
import { freePort } from '../../sockets.ts'

/** An influxd of Debian in a folder of its own, that can be killed and started again. */
export interface Influxd {
  readonly url: string
  readonly start: () => Promise<void>
  /** With -9. */
  readonly kill: () => Promise<void>
  /** The rows of the first series of a query, each as a list of its columns. */
  readonly query: (statement: string) => Promise<readonly (readonly unknown[])[]>
}

export async function createInfluxd(): Promise<Influxd> {
  const folder = temporaryFolder()
  const [http, rpc] = [await freePort('tcp'), await freePort('tcp')]
  const config = join(folder, 'influxdb.conf')
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${rpc}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:${http}"
log-enabled = false
[monitor]
store-enabled = false
[logging]
level = "error"
`,
  )
  const url = `http://127.0.0.1:${http}`
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const ended = once(running, 'close')
    running.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  return {
    url,
    kill,
    async start() {
      const started = spawn('influxd', ['-config', config], { stdio: 'ignore' })
      child = started
      for (;;) {
        if (started.exitCode !== null) throw new Error(`influxd ended with ${started.exitCode}`)
        const isThere = await fetch(`${url}/ping`).then(
          ({ status }) => status === 204,
          () => false,
        )
        if (isThere) return
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async query(statement) {
      const body = new URLSearchParams({ q: statement, db: 'tocsin', epoch: 'ms' })
      const reply = (await (await fetch(`${url}/query`, { method: 'POST', body })).json()) as {
        readonly results: readonly [
          {
            readonly series?: readonly [{ readonly values: readonly (readonly unknown[])[] }]
            readonly error?: string
          },
        ]
      }
      const [{ series, error }] = reply.results
      if (error !== undefined) throw new Error(error)
      return series?.[0].values ?? []
    },
  }
}
