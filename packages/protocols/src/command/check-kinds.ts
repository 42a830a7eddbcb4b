import { externalCheck } from '../checks/agents/external-check.ts'
import { muninCheck } from '../checks/agents/munin-check.ts'
import { nrpeCheck } from '../checks/agents/nrpe-check.ts'
import type { Check } from '../checks/check.ts'
import { httpCheck } from '../checks/http/http-check.ts'
import { imapCheck } from '../checks/mail/imap-check.ts'
import { pop3Check } from '../checks/mail/pop3-check.ts'
import { smtpCheck } from '../checks/mail/smtp-check.ts'
import { dnsCheck } from '../checks/network/dns-check.ts'
import { ntpCheck } from '../checks/network/ntp-check.ts'
import { pingCheck } from '../checks/network/ping-check.ts'
import { tcpCheck } from '../checks/network/tcp-check.ts'
import { tlsCheck } from '../checks/network/tls-check.ts'
import { snmpCheck } from '../checks/snmp/snmp-check.ts'
import { sshCheck } from '../checks/ssh/ssh-check.ts'
import { ldapCheck } from '../checks/stores/ldap/ldap-check.ts'
import { memcachedCheck } from '../checks/stores/memcached-check.ts'
import { redisCheck } from '../checks/stores/redis-check.ts'

/** A kind of check that can be made of words. */
export interface CheckKind {
  /** What is looked at: the option that the word is, `host` with a port behind it where it has one; `command` is all words after `--`. */
  readonly of: 'url' | 'host' | 'query' | 'command'
  /** Makes it of its options, whatever they are; wrong ones throw `PROTOCOL_BAD_OPTION`. */
  readonly check: (options: never) => Check
}

/** The kinds by their words. */
export const checkKinds: ReadonlyMap<string, CheckKind> = new Map<string, CheckKind>([
  ['dns', { of: 'query', check: dnsCheck }],
  ['external', { of: 'command', check: externalCheck }],
  ['http', { of: 'url', check: httpCheck }],
  ['imap', { of: 'host', check: imapCheck }],
  ['ldap', { of: 'host', check: ldapCheck }],
  ['memcached', { of: 'host', check: memcachedCheck }],
  ['munin', { of: 'host', check: muninCheck }],
  ['nrpe', { of: 'host', check: nrpeCheck }],
  ['ntp', { of: 'host', check: ntpCheck }],
  ['ping', { of: 'host', check: pingCheck }],
  ['pop3', { of: 'host', check: pop3Check }],
  ['redis', { of: 'host', check: redisCheck }],
  ['smtp', { of: 'host', check: smtpCheck }],
  ['snmp', { of: 'host', check: snmpCheck }],
  ['ssh', { of: 'host', check: sshCheck }],
  ['tcp', { of: 'host', check: tcpCheck }],
  ['tls', { of: 'host', check: tlsCheck }],
])
