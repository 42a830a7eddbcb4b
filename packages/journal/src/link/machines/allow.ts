import { port } from '@tocsin/core'

import { badOption } from '../../options.ts'
import type { LinkRights } from '../session/session-types.ts'

/** What one peer may do. */
export interface LinkAllowance {
  /** Names of subscribers that it may be. @defaultValue its own name */
  readonly subscribers?: readonly string[] | undefined
  /** Names of journals that it may read. @defaultValue all that are served */
  readonly journals?: readonly string[] | undefined
}

/**
 * Who may read what, by the names of certificates: as plain data, or a function of the name, asked at each feed. Who is not in it
 * may nothing.
 */
export type LinkAllow =
  Readonly<Record<string, LinkAllowance>> | ((peer: string) => LinkAllowance | undefined)

/** The rights of a peer; a wrong list throws `JOURNAL_BAD_OPTION` at the call. */
export function resolveAllow(allow: LinkAllow): (peer: string) => LinkRights | undefined {
  if (port()(allow) !== undefined && typeof allow !== 'function') {
    throw badOption('option "allow" must be an object of peers, or a function of the name of one')
  }
  if (typeof allow === 'function') return (peer) => rightsOf(peer, allow(peer))
  for (const [peer, allowance] of Object.entries(allow)) checkAllowance(peer, allowance)
  return (peer) => (Object.hasOwn(allow, peer) ? rightsOf(peer, allow[peer]) : undefined)
}

function rightsOf(peer: string, allowance: LinkAllowance | undefined): LinkRights | undefined {
  if (allowance === undefined) return undefined
  return { subscribers: allowance.subscribers ?? [peer], read: allowance.journals ?? '*' }
}

function checkAllowance(peer: string, allowance: unknown): void {
  const isNames = (value: unknown): boolean =>
    value === undefined || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
  const isAllowance =
    typeof allowance === 'object' &&
    allowance !== null &&
    Object.entries(allowance).every(
      ([name, value]) => (name === 'subscribers' || name === 'journals') && isNames(value),
    )
  if (!isAllowance) {
    throw badOption(`option "allow": what "${peer}" may must be { subscribers?, journals? }, arrays of names`)
  }
}
