import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { LinkTls } from '@tocsin/journal/link'

const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30']

/** The commands of the guide: an authority of one's own, and a certificate for each machine, whose name in links is its URI. */
export function makeCertificates(folder: string, names: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', ['req', '-x509', ...key, ...words], { cwd: folder, stdio: 'pipe' })
  if (existsSync(join(folder, 'ca.pem'))) return
  openssl('-subj', '/CN=own authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  for (const name of names) {
    const proves = [
      ...['-addext', `subjectAltName=URI:tocsin:subscriber:${name}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ]
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-subj', `/CN=${name}`, ...proves]
    openssl(...signed, '-keyout', `${name}.key`, '-out', `${name}.pem`)
  }
}

/** What a machine has of them: its own key, and no other one. */
export const certificatesOf = (folder: string, name: string): LinkTls => ({
  ca: join(folder, 'ca.pem'),
  cert: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
})
