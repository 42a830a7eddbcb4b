import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { TestContext } from 'vitest'

import { freePort } from '../../sockets.ts'
import { chained, expired, intermediate, key } from '../exchange/certificates.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

/** Who has mail at {@link startDovecot}. */
export const mailUser = { user: 'robin', password: 'sécret "1" \\' }

/** A dovecot with a folder of two messages, one of which is read. */
export interface Dovecot {
  readonly server: RealServer
  readonly ports: Readonly<Record<'imap' | 'imaps' | 'pop3' | 'pop3s', number>>
  /** The socket by which others let it check passwords. */
  readonly authSocket: string
}

/** Certificate and key as files, of one that is valid or of one that ended. */
export function writeCertificate(
  folder: string,
  isExpired: boolean,
): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.cert, isExpired ? expired : `${chained}\n${intermediate}\n`)
  writeFileSync(files.key, key)
  return files
}

export async function startDovecot(context: TestContext, isExpired = false): Promise<Dovecot> {
  needProgram(context, 'dovecot', 'dovecot-imapd dovecot-pop3d')
  const folder = temporaryFolder()
  const files = writeCertificate(folder, isExpired)
  const mail = join(folder, 'mail')
  for (const path of ['cur', 'new', 'tmp', '.old/cur', '.old/new', '.old/tmp'])
    mkdirSync(join(mail, path), { recursive: true })
  writeFileSync(join(mail, 'cur', '1.read:2,S'), 'subject: one\r\n\r\nread\r\n')
  writeFileSync(join(mail, 'new', '2.unread'), 'subject: two\r\n\r\nunread\r\n')
  writeFileSync(join(mail, '.old/cur', '3.read:2,S'), 'subject: three\r\n\r\nread\r\n')
  execFileSync('chown', ['-R', 'nobody:nogroup', mail])
  writeFileSync(join(folder, 'users'), `${mailUser.user}:{PLAIN}${mailUser.password}\n`)
  const ports = {
    imap: await freePort('tcp'),
    imaps: await freePort('tcp'),
    pop3: await freePort('tcp'),
    pop3s: await freePort('tcp'),
  }
  const authSocket = join(folder, 'auth')
  const listeners = (...names: readonly (keyof typeof ports)[]): string =>
    names.map((name) => `inet_listener ${name} {\n port = ${ports[name]}\n }`).join('\n')
  writeFileSync(
    join(folder, 'dovecot.conf'),
    `base_dir = ${join(folder, 'run')}
state_dir = ${join(folder, 'state')}
log_path = /dev/stderr
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <${files.cert}
ssl_key = <${files.key}
auth_failure_delay = 0
auth_mechanisms = plain login
mail_location = maildir:${mail}
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = passwd-file
  args = ${join(folder, 'users')}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${mail}
}
service auth {
  unix_listener ${authSocket} {
    mode = 0666
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  ${listeners('imap', 'imaps')}
}
service pop3-login {
  ${listeners('pop3', 'pop3s')}
}
`,
  )
  const server = await startServer('dovecot', ['-F', '-c', join(folder, 'dovecot.conf')], {
    port: Object.values(ports),
  })
  return { server, ports, authSocket }
}
