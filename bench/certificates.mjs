// Certificates for links over TLS, made anew by openssl.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

/** What `tls` takes, for each of these names; `undefined` where there is no openssl. All are good for the loopback. */
export function issueCertificates(folder, names) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const path = (file) => `${folder}/${file}`
  try {
    openssl('version')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
  openssl('req', '-x509', ...key, '-days', '365', '-subj', '/CN=bench', '-keyout', 'ca.key', '-out', 'ca.pem')
  const issue = (name) => {
    const san = `subjectAltName=URI:tocsin:subscriber:${name},DNS:localhost,IP:127.0.0.1`
    writeFileSync(path(`${name}.ext`), san)
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '365']
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    )
    return { ca: path('ca.pem'), cert: path(`${name}.pem`), key: path(`${name}.key`) }
  }
  return Object.fromEntries(names.map((name) => [name, issue(name)]))
}
