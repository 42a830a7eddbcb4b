import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

import { codeOf } from '@tocsin/core'
import type { Observable } from 'rxjs'

import { messageOf } from '../../errors.ts'
import { badOption } from '../../options.ts'
import { certificateNames } from './peer-name.ts'
import { readRevocationLists } from './revocation-list.ts'

/** Certificates of a link, each as the path of a file or as text of PEM. Both sides need them. */
export interface LinkTls {
  /** The own authority, which signs both sides. No other is trusted. */
  readonly ca: string
  /** Certificate of this machine, with what stands between it and the authority. */
  readonly cert: string
  /** Its private key. It is in no log, error or state. */
  readonly key: string
  /** Revocation list of the authority. Once it is over, nobody is taken until there is a new one. @defaultValue none */
  readonly crl?: string | undefined
  /** When it emits, files are read again, such as on a signal. @defaultValue never */
  readonly reload$?: Observable<unknown> | undefined
  /** Files are looked at again so often, ms; new ones are used for new connections, and links that stand go on. @defaultValue 60000 */
  readonly reloadEveryMs?: number | undefined
  /** So long before something is over, `state$` and `problems` say so, ms. @defaultValue 1209600000, 14 days */
  readonly warnBeforeMs?: number | undefined
}

/** Something of a certificate file that ends. */
export interface Expiry {
  /** What it is. */
  readonly what: 'authority' | 'certificate' | 'revocation-list'
  /** When it is over, ms since the Unix epoch. */
  readonly expiresAt: number
}

/** What was read, fit for use. */
export interface Credentials {
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly crl: string | undefined
  readonly expiries: readonly Expiry[]
  /** Serial numbers of certificates that are revoked. */
  readonly revoked: ReadonlySet<string>
}

/** Reads certificates. Rejects with `JOURNAL_BAD_OPTION` where they are not there or do not fit together, never with a key in it. */
export async function readCredentials(tls: LinkTls): Promise<Credentials> {
  const [ca, cert, key, crl] = await Promise.all([
    textOf('ca', tls.ca),
    textOf('cert', tls.cert),
    textOf('key', tls.key),
    tls.crl === undefined ? undefined : textOf('crl', tls.crl),
  ])
  const own = parsed('cert', () => new X509Certificate(cert))
  const authority = parsed('ca', () => new X509Certificate(ca))
  const lists = crl === undefined ? [] : parsed('crl', () => readRevocationLists(crl))
  // The message of OpenSSL could quote what it read.
  const fits = parsed('key', () => own.checkPrivateKey(privateKey(key)))
  if (!fits)
    throw badOption('option "tls.key" is not the key of "tls.cert"; give the two that belong together')
  if (certificateNames(own).peer === undefined) {
    throw badOption(
      'option "tls.cert" has not one name for links: make it with subjectAltName=URI:tocsin:subscriber:<name>',
    )
  }
  const ends = lists.map(({ expiresAt }) => expiresAt).filter((end) => end !== undefined)
  const expiries: readonly Expiry[] = [
    { what: 'authority', expiresAt: Date.parse(authority.validTo) },
    { what: 'certificate', expiresAt: Date.parse(own.validTo) },
    ...(ends.length > 0 ? [{ what: 'revocation-list', expiresAt: Math.min(...ends) } as const] : []),
  ]
  const revoked = new Set(lists.flatMap(({ serials }) => [...serials]))
  return { ca, cert, key, crl, expiries, revoked }
}

function privateKey(key: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(key)
  } catch {
    throw new Error('it is no private key in PEM')
  }
}

const isPem = (text: string): boolean => text.includes('-----BEGIN ')

async function textOf(name: string, value: string): Promise<string> {
  if (isPem(value)) return value
  try {
    return await readFile(value, 'utf8')
  } catch (error) {
    // A key that was given without its first line is no path; it must not be told.
    const where = name === 'key' ? '' : ` ${value.slice(0, 200)}`
    throw badOption(`option "tls.${name}": the file${where} cannot be read (${codeOf(error) ?? 'no path'})`)
  }
}

function parsed<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw badOption(`option "tls.${name}" cannot be used: ${messageOf(error)}`)
  }
}
