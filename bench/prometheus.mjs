// Prometheus, as Debian packages it, on a free port of the loopback, in a folder of its own; samples come by remote write.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { freePort, versionOf } from './debian-program.mjs'
import { createWriteRequest } from './remote-write.mjs'

const program = process.env.BENCH_PROMETHEUS ?? 'prometheus'

/** Which one is installed; `undefined` where none is. */
export const prometheusVersion = () => versionOf(program)

const configuration = (intervalSeconds) => `
global:
  evaluation_interval: ${intervalSeconds}s
rule_files: [rules.yml]
`
/** `rules` are `[expression, for]`. */
const ruleFile = (rules) => `
groups:
  - name: bench
    rules:
${rules.map(([expression, held], index) => `      - { alert: r${index}, expr: '${expression}'${held === undefined ? '' : `, for: ${held}`} }`).join('\n')}
`

const ticksPerSecond = 100

/** Starts one that evaluates the rules so often. */
export async function startPrometheus(folder, rules, intervalSeconds) {
  const port = await freePort()
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, configuration(intervalSeconds))
  writeFileSync(join(folder, 'rules.yml'), ruleFile(rules))
  const child = spawn(
    program,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const stopAtExit = () => child.kill('SIGKILL')
  process.once('exit', stopAtExit)
  const base = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${base}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  for (let tries = 0; !(await isReady()); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error('Prometheus did not start')
    await sleep(50)
  }
  /** Rules evaluated so far. */
  const evaluated = async () => {
    const text = await (await fetch(`${base}/metrics`)).text()
    return Number(/^prometheus_rule_evaluations_total\S* (\S+)$/m.exec(text)?.[1] ?? 0)
  }
  return {
    /** `labels` are those of each series as `[name, value]`, sorted by name; a series has a value at each of the times. */
    write: async (labels, times, valueOf) => {
      for (let from = 0; from < labels.length; from += 5000) {
        const to = Math.min(labels.length, from + 5000)
        const { ok, status } = await fetch(`${base}/api/v1/write`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-protobuf',
            'content-encoding': 'snappy',
            'x-prometheus-remote-write-version': '0.1.0',
          },
          body: createWriteRequest(labels, from, to, times, valueOf),
        })
        if (!ok) throw new Error(`Prometheus answered ${status}`)
      }
    },
    /** Waits until all rules were evaluated so often from the next time on; the processor time that this took, s. */
    evaluations: async (count) => {
      const whole = async (atLeast) => {
        for (;;) {
          const seen = await evaluated()
          if (seen >= atLeast && seen % rules.length === 0) return seen
          // Asking takes of its processor time as well.
          await sleep(250)
        }
      }
      const before = await whole((await evaluated()) + 1)
      const used = processor(child.pid)
      const after = await whole(before + count * rules.length)
      return ((processor(child.pid) - used) * count * rules.length) / (after - before)
    },
    /** Different series of which an alert is pending or firing. */
    alerting: async (nameOf) => {
      const { data } = await (await fetch(`${base}/api/v1/alerts`)).json()
      return new Set(data.alerts.map(({ labels }) => nameOf(labels))).size
    },
    /** Processor time so far, s. */
    processor: () => processor(child.pid),
    /** Most memory so far, MB. */
    peak: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024,
    /** It does nothing until it is resumed. */
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    stop: async () => {
      process.off('exit', stopAtExit)
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

function processor(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
