import { readFile } from 'node:fs/promises'

/** The ends of a connection. */
export interface Ports {
  readonly localPort?: number | undefined
  readonly remotePort?: number | undefined
}

/**
 * How many bytes the system of the other end has not acknowledged, from the table of this one (`/proc/net/tcp`): what a host that is gone
 * will never have, long before TCP gives up. `undefined` where no table says so: only Linux has one.
 */
export async function unacknowledgedBytes(ports: Ports): Promise<number | undefined> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
  )
  return queuedBytes(tables.join('\n'), ports)
}

/** What waits between two ports; of several connections between the same ports of different hosts, the most. */
export function queuedBytes(table: string, { localPort, remotePort }: Ports): number | undefined {
  const isWanted = (address: string | undefined, port: number | undefined): boolean =>
    port !== undefined && address?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`) === true
  let most: number | undefined
  for (const line of table.split('\n')) {
    const [, local, remote, , queues] = line.trim().split(/\s+/, 5)
    if (!isWanted(local, localPort) || !isWanted(remote, remotePort)) continue
    const [sending = ''] = queues?.split(':') ?? []
    const bytes = Number.parseInt(sending, 16)
    if (!Number.isNaN(bytes)) most = Math.max(most ?? 0, bytes)
  }
  return most
}
