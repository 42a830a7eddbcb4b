import { type Check as OptionCheck, oneOf, optional, resolveOptions, text } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { CheckContext } from '../check.ts'
import { isSecret, reveal, type Secret } from '../http/auth/secret.ts'

/** Versions of SNMP. */
export type SnmpVersion = '1' | '2c' | '3'

/** A user of SNMP 3. */
export interface SnmpUser {
  /** Who asks. */
  readonly name: string
  /** How messages are signed, with `authKey`. */
  readonly authProtocol?: (typeof authProtocols)[number] | undefined
  /** At least 8 characters, or a function that gives them. */
  readonly authKey?: Secret | undefined
  /**
   * How messages are encrypted, with `privKey`; `aes` is that of 128 bits, `aes256b` and `aes256r` that of 256 bits with keys as Blumenthal
   * or Reeder makes them. Node encrypts by `des` only where its OpenSSL is told to.
   */
  readonly privProtocol?: (typeof privProtocols)[number] | undefined
  /** At least 8 characters, or a function that gives them. */
  readonly privKey?: Secret | undefined
}

const authProtocols = ['md5', 'sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const
const privProtocols = ['des', 'aes', 'aes256b', 'aes256r'] as const

/** What a user may be. */
export const isSnmpUser: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'a user'
  const { authProtocol, authKey, privProtocol, privKey } = value as Partial<SnmpUser>
  if ((authProtocol === undefined) !== (authKey === undefined))
    return 'a user with "authProtocol" and "authKey", or neither'
  if ((privProtocol === undefined) !== (privKey === undefined))
    return 'a user with "privProtocol" and "privKey", or neither'
  if (privKey !== undefined && authKey === undefined) return 'a user with "authKey", which "privKey" needs'
  try {
    resolveOptions<SnmpUser>({ name: '' }, value, userChecks, badOption)
    return undefined
  } catch (error) {
    return `right (${(error as Error).message})`
  }
}

const isKey: OptionCheck = (value) => (typeof value === 'string' ? text(8)(value) : isSecret(value))

const userChecks = {
  name: text(),
  authProtocol: optional(oneOf(...authProtocols)),
  authKey: optional(isKey),
  privProtocol: optional(oneOf(...privProtocols)),
  privKey: optional(isKey),
}

/** A user whose keys are known. */
export type RevealedUser = Omit<SnmpUser, 'authKey' | 'privKey'> & {
  readonly authKey: string | undefined
  readonly privKey: string | undefined
}

/** Asks for the keys of a user. */
export async function revealUser(user: SnmpUser, context: CheckContext): Promise<RevealedUser> {
  const { authKey, privKey } = user
  return {
    ...user,
    authKey: authKey && (await reveal(authKey, 'authKey', context)),
    privKey: privKey && (await reveal(privKey, 'privKey', context)),
  }
}
