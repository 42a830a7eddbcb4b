/**
 * A check of servers of SSH, for whose host keys the package ssh2 must be installed: `npm install ssh2`.
 *
 * @module
 */
export { defaultSshCheckOptions, sshCheck } from './ssh-check.ts'

export type { SshCheckOptions, SshKeyType } from './ssh-check.ts'
