// Mail through each generation of nodemailer, to a real server; and the error where there is none.
import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { makeApp } from './app.mjs'

const run = promisify(execFile)
const server = 'smtp-server@3.21.6'

/** Apps that npm must not refuse, each with another nodemailer beside notify. */
export const mailTasks = (folder, tarball) =>
  ['6.10.1', '7.0.13', '10.6.1', undefined].map((version) => [
    `mail with ${version === undefined ? 'no nodemailer' : `nodemailer ${version}`}`,
    async () => {
      const app = join(folder, `mail-${version}`)
      const peers = version === undefined ? [] : [`nodemailer@${version}`, server]
      await makeApp(app, 'rxjs@7', tarball, ...peers)
      cpSync(new URL('app/mail.cjs', import.meta.url), join(app, 'mail.cjs'))
      const { stdout } = await run(process.execPath, ['mail.cjs', version === undefined ? 'none' : 'some'], {
        cwd: app,
      })
      const expected = version === undefined ? 'NOTIFY_PEER_MISSING' : 'delivered'
      if (stdout.trim() !== expected) throw new Error(`the mail was ${stdout}`)
    },
  ])
