// Prometheus Alertmanager, as Debian packages it, on free ports of the loopback, in a folder of its own.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort, versionOf } from './debian-program.mjs'

const program = process.env.BENCH_ALERTMANAGER ?? 'prometheus-alertmanager'

/** Which one is installed; `undefined` where none is. */
export const alertmanagerVersion = () => versionOf(program)

/** Each alert is a group of its own and is told at once: what comes nearest to telling every alert by itself. */
const configuration = (url) => `
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 5m
  repeat_interval: 4h
receivers:
  - name: hook
    webhook_configs:
      - url: ${url}
`

const ticksPerSecond = 100

/** Starts one that tells the receiver at `url`. */
export async function startAlertmanager(folder, url) {
  const port = await freePort()
  const file = join(folder, 'alertmanager.yml')
  writeFileSync(file, configuration(url))
  const child = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const base = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${base}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  for (let tries = 0; !(await isReady()); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error('Alertmanager did not start')
    await sleep(50)
  }
  return {
    /** `alerts` are `[name, severity]`. */
    post: async (alerts) => {
      const body = JSON.stringify(
        alerts.map(([n, severity]) => ({
          labels: {
            alertname: 'bench',
            n: String(n),
            severity: String(severity),
            host: `host-${n % 100}`,
            rule: 'cpu',
          },
          annotations: { summary: `${n} is above 90` },
        })),
      )
      const headers = { 'content-type': 'application/json' }
      const { ok, status } = await fetch(`${base}/api/v2/alerts`, { method: 'POST', headers, body })
      if (!ok) throw new Error(`Alertmanager answered ${status}`)
    },
    /** Processor time so far, s. */
    processor: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
    },
    /** Most memory so far, MB. */
    peak: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}
