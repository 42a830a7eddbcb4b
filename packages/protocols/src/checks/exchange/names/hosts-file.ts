import { open, stat } from 'node:fs/promises'
import { isIP } from 'node:net'

/** Addresses by name, in the order of the file. */
export type Hosts = ReadonlyMap<string, readonly string[]>

/** A hosts file, read again when it has changed. */
export interface HostsFile {
  /** Whether it is so long that only its beginning is read. */
  readonly isCut: boolean
  read(now: number): Promise<Hosts>
}

/** Most bytes of a hosts file that are read. */
export const maxHostsBytes: number = 4 * 1024 * 1024

/** How often it is looked at, ms. */
const lookMs = 5000

export function createHostsFile(path: string): HostsFile {
  let lookedAt = -Infinity
  let version = ''
  let isCut = false
  let hosts: Promise<Hosts> = Promise.resolve(new Map())
  const look = async (before: Promise<Hosts>): Promise<Hosts> => {
    try {
      const { mtimeMs, size, ino } = await stat(path)
      const seen = `${mtimeMs} ${size} ${ino}`
      if (seen === version) return await before
      const parsed = parseHosts(await readStart(path))
      version = seen
      isCut = size > maxHostsBytes
      return parsed
    } catch {
      // Where there is none, or none that can be read, name servers tell all.
      version = ''
      return new Map()
    }
  }
  return {
    get isCut() {
      return isCut
    },
    read(now) {
      if (now - lookedAt < lookMs) return hosts
      lookedAt = now
      hosts = look(hosts)
      return hosts
    },
  }
}

async function readStart(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxHostsBytes), 0, maxHostsBytes, 0)
    const text = buffer.toString('utf8', 0, bytesRead)
    // The last line may be cut.
    return bytesRead < maxHostsBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1)
  } finally {
    await file.close()
  }
}

/** Lines of an address and its names, with comments behind `#`; hosts(5). */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const addresses = hosts.get(key)
      if (addresses === undefined) hosts.set(key, [address])
      else if (!addresses.includes(address)) addresses.push(address)
    }
  }
  return hosts
}
