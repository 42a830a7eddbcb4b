import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

import type { Observatory } from './observatory.ts'
import type { State } from './server/wire.ts'

/** What a machine has to send a line with; Node is there in any case. */
export interface Tools {
  /** Netcat, as it is called; `undefined` where there is none that is known to send UDP and end. */
  readonly netcat: 'nc' | 'ncat' | undefined
  readonly bash: boolean
  readonly curl: boolean
}

/** Looks in the PATH and runs nothing. */
export function findTools(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): Tools {
  // The shells of Windows quote in other ways; what is in double quotes they all take.
  if (platform === 'win32') return { netcat: undefined, bash: false, curl: false }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const find = (name: string): string | undefined =>
    folders.map((folder) => join(folder, name)).find((path) => isProgram(path))
  return {
    netcat: netcatOf(find('nc')),
    bash: find('bash') !== undefined,
    curl: find('curl') !== undefined,
  }
}

/** The one of BusyBox is often built without UDP; the one of Nmap waits for answers unless told otherwise. */
function netcatOf(path: string | undefined): Tools['netcat'] {
  if (path === undefined) return undefined
  const program = basename(realpathSync(path))
  if (program.startsWith('busybox')) return undefined
  return program === 'ncat' ? 'ncat' : 'nc'
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

type Addresses = Pick<Observatory, 'url' | 'host' | 'statsdPort' | 'graphitePort' | 'trapPath'>

/** Three shell lines, each of which shows up in the page at once. */
export function linesToPaste(
  { url, host, statsdPort, graphitePort, trapPath }: Addresses,
  { netcat, bash, curl }: Tools,
): readonly string[] {
  const udp = `${host} ${statsdPort}`
  const tcp = `${host} ${graphitePort}`
  const queue = 'echo "demo.queue:120|g"'
  const orders = 'echo "demo.orders 42 $(date +%s)"'
  const toTrap = curl
    ? `curl -d '{"checkout": {"latency_ms": 12.5}}' ${url}${trapPath}`
    : `node -e "fetch('${url}${trapPath}', { method: 'POST', body: JSON.stringify({ checkout: { latency_ms: 12.5 } }) }).then((reply) => reply.text()).then(console.log)"`
  if (netcat !== undefined) {
    // -w1 ends each kind of nc after a second of silence.
    const end = netcat === 'ncat' ? '--send-only' : '-w1'
    return [`${queue} | nc -u ${end} ${udp}`, `${orders} | nc ${end} ${tcp}`, toTrap]
  }
  if (bash) {
    return [
      `bash -c '${queue} > /dev/udp/${host}/${statsdPort}'`,
      `bash -c '${orders} > /dev/tcp/${host}/${graphitePort}'`,
      toTrap,
    ]
  }
  const family = host.includes(':') ? 'udp6' : 'udp4'
  return [
    `node -e "const s = require('dgram').createSocket('${family}'); s.send('demo.queue:120|g', ${statsdPort}, '${host}', () => s.close())"`,
    `node -e "const s = require('net').connect(${graphitePort}, '${host}', () => s.end('demo.orders 42 ' + Math.floor(Date.now() / 1000) + '\\n'))"`,
    toTrap,
  ]
}

/** The same for the page, which does not show the whole secret. */
export function linesToShow(addresses: Addresses, tools: Tools): State['lines'] {
  const [statsd = '', graphite = '', trap = ''] = linesToPaste(addresses, tools)
  const secret = addresses.trapPath.split('/').at(-1) ?? ''
  const shown = trap.replaceAll(secret, `${secret.slice(0, 4)}…${secret.slice(-4)}`)
  return [
    { source: 'statsd', label: 'statsd, UDP', line: statsd },
    { source: 'Graphite', label: 'Graphite, TCP', line: graphite },
    { source: 'HTTPTrap', label: 'HTTPTrap', line: trap, shown },
  ]
}

/** What is printed on start. */
export function banner(observatory: Observatory, tools: Tools): string {
  const { url, host, statsdPort, graphitePort, data } = observatory
  return `
  Tocsin observatory: ${url}
  statsd on UDP ${host} port ${statsdPort}, Graphite on TCP ${host} port ${graphitePort}

  Paste one of these lines and watch it arrive:
${linesToPaste(observatory, tools)
  .map((line) => `    ${line}`)
  .join('\n')}

  120 in the queue opens a fault, 20 clears it. Ctrl+C stops; what was collected stays in ${data}.
`
}
