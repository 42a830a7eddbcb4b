import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { LinkTls } from '../../src/link/index.ts'

/** An authority of a test, in a folder of its own that goes with it. */
export interface Authority extends Disposable {
  readonly folder: string
  /** Certificate and key of a name; `validity` as openssl has it, `20200101000000Z`. */
  issue(name: string, options?: { san?: string; from?: string; to?: string; file?: string }): LinkTls
  /** Revokes a certificate and writes the list anew. */
  revoke(...files: readonly string[]): string
  /** Writes the list of revoked certificates, good for so many days, or over at a time. */
  list(options?: { to?: string }): string
}

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export function createAuthority(name = 'own'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-authority-'))
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  }
  const path = (file: string): string => join(folder, file)
  openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  writeFileSync(path('index.txt'), '')
  writeFileSync(path('serial'), '01\n')
  writeFileSync(path('crlnumber'), '01\n')
  writeFileSync(
    path('ca.conf'),
    `[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nserial = serial\ncrlnumber = crlnumber\nnew_certs_dir = .\nprivate_key = ca.key
certificate = ca.pem\ndefault_md = sha256\ndefault_crl_days = 30\ndefault_days = 30\npolicy = any\ncopy_extensions = copy\nunique_subject = no
[any]\ncommonName = supplied\n`,
  )
  const list = ({ to }: { to?: string } = {}): string => {
    const until = to === undefined ? [] : ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', to]
    openssl('ca', '-config', 'ca.conf', '-gencrl', ...until, '-out', 'crl.pem')
    return path('crl.pem')
  }
  return {
    folder,
    issue: (name, { san = `URI:tocsin:subscriber:${name}`, from, to, file = name } = {}) => {
      const names = san === '' ? [] : ['-addext', `subjectAltName=${san}`]
      openssl(
        'req',
        ...key,
        '-subj',
        `/CN=${name}`,
        ...names,
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.csr`,
      )
      const validity = [
        ...(from === undefined ? [] : ['-startdate', from]),
        ...(to === undefined ? [] : ['-enddate', to]),
      ]
      openssl(
        'ca',
        '-batch',
        '-config',
        'ca.conf',
        '-notext',
        ...validity,
        '-in',
        `${file}.csr`,
        '-out',
        `${file}.pem`,
      )
      return { ca: path('ca.pem'), cert: path(`${file}.pem`), key: path(`${file}.key`) }
    },
    revoke: (...files) => {
      for (const file of files) openssl('ca', '-config', 'ca.conf', '-revoke', `${file}.pem`)
      return list()
    },
    list,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The same as text of PEM. */
export const asText = ({ ca, cert, key: path, crl }: LinkTls): LinkTls => {
  const [caText, certText, keyText] = [ca, cert, path].map((file) => readFileSync(file, 'utf8'))
  return {
    ca: caText ?? '',
    cert: certText ?? '',
    key: keyText ?? '',
    ...(crl === undefined ? {} : { crl: readFileSync(crl, 'utf8') }),
  }
}
