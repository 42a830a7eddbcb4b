// The blackbox exporter of Prometheus, as Debian packages it, on a free port of the loopback, in a folder of its own.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort, versionOf } from './debian-program.mjs'

const program = process.env.BENCH_BLACKBOX ?? 'prometheus-blackbox-exporter'

/** Which one is installed; `undefined` where none is. */
export const blackboxVersion = () => versionOf(program)

const configuration = `
modules:
  http: { prober: http, timeout: 10s, http: { preferred_ip_protocol: ip4 } }
  tcp: { prober: tcp, timeout: 10s, tcp: { preferred_ip_protocol: ip4 } }
`

const ticksPerSecond = 100

export async function startBlackbox(folder) {
  const port = await freePort()
  const file = join(folder, 'blackbox.yml')
  writeFileSync(file, configuration)
  const words = [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error']
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
  const stopAtExit = () => child.kill('SIGKILL')
  process.once('exit', stopAtExit)
  // As Prometheus asks it: over connections that are kept.
  const agent = new Agent({ keepAlive: true })
  const ask = (path) =>
    new Promise((resolve, reject) => {
      get({ port, path, agent, host: '127.0.0.1' }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => (text += part))
        response.on('end', () => resolve(text)).on('error', reject)
      }).on('error', reject)
    })
  const isReady = () =>
    ask('/-/healthy').then(
      () => true,
      () => false,
    )
  for (let tries = 0; !(await isReady()); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error('The blackbox exporter did not start')
    await sleep(50)
  }
  return {
    /** One probe; whether it found its target well. */
    probe: async (module, target) =>
      /^probe_success 1$/m.test(await ask(`/probe?module=${module}&target=${encodeURIComponent(target)}`)),
    /** Processor time so far, s. */
    processor: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    },
    stop: async () => {
      process.off('exit', stopAtExit)
      agent.destroy()
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
