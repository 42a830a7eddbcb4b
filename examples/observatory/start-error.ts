import { resolve } from 'node:path'

import type { Settings } from './settings.ts'

/** What kept the observatory from starting, in a sentence that names the flag which mends it. */
export function startError(error: unknown, settings: Settings): unknown {
  const { code, facts } = (error instanceof Error ? error : {}) as Coded
  const data = resolve(settings.data)
  if (code === 'PROTOCOL_PORT_TAKEN' || code === 'PROTOCOL_BIND_FAILED') {
    const isStatsd = facts?.['transport'] === 'udp'
    return isStatsd
      ? listenError('--statsd-port', settings.host, settings.statsdPort, error)
      : listenError('--graphite-port', settings.host, settings.graphitePort, error)
  }
  if (code === 'JOURNAL_LOCKED') {
    const owner = facts?.['pid'] === undefined ? 'another process' : `process ${facts['pid']}`
    return new Error(
      `The folder ${data} is in use by ${owner}; stop that or choose another folder with --data.`,
      { cause: error },
    )
  }
  const reason = systemCode(error)
  if (reason === undefined || !folderCodes.includes(reason)) return error
  return new Error(`The folder ${data} cannot be written (${reason}); choose another with --data.`, {
    cause: error,
  })
}

/** Why a port cannot be had. */
export function listenError(flag: string, host: string, port: number, cause: unknown): Error {
  const reason = systemCode(cause) ?? 'unknown'
  if (reason === 'EADDRINUSE') {
    return new Error(
      `Port ${port} on ${host} is taken; stop what listens there or choose another with ${flag}.`,
      { cause },
    )
  }
  if (reason === 'EACCES') {
    return new Error(
      `Port ${port} on ${host} may not be used by this user (${reason}); choose one above 1023 with ${flag}.`,
      { cause },
    )
  }
  return new Error(
    `${host} cannot be listened on (${reason}); choose an address of this machine, such as 127.0.0.1, with --host.`,
    { cause },
  )
}

interface Coded {
  readonly code?: unknown
  readonly facts?: Readonly<Record<string, string | number>>
  readonly cause?: unknown
}

const folderCodes = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'EEXIST',
  'ENOSPC',
  'EDQUOT',
  'ENAMETOOLONG',
  'ELOOP',
]

/** What the system said, under the errors that were made of it. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, cause } = error as Coded
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : systemCode(cause)
}
