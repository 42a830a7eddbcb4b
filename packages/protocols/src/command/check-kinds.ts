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
  /** The option that the target is; a `host` may be written with a port, or as a URL; `command` is all words after `--`. */
  readonly of: 'url' | 'host' | 'query' | 'command'
  /** Makes it of its options, whatever they are; wrong ones throw `PROTOCOL_BAD_OPTION`. */
  readonly check: (options: never) => Check
  /** Words that look by it. */
  readonly example: string
  /** The option that the path of a URL is. */
  readonly path?: string
  /** Schemes of URLs beside its word. */
  readonly schemes?: readonly string[]
}

const kinds: Readonly<Record<string, CheckKind>> = {
  dns: {
    of: 'query',
    check: dnsCheck,
    example: 'example.org --type MX --nameserver 192.0.2.53',
  },
  external: {
    of: 'command',
    check: externalCheck,
    example: '--timeout-ms 5000 -- /usr/lib/nagios/plugins/check_load -w 5 -c 10',
  },
  http: {
    of: 'url',
    check: httpCheck,
    example: 'https://example.org/ --expect-status 200 --expect-status 204 --headers.accept text/html',
  },
  imap: {
    of: 'host',
    check: imapCheck,
    path: 'folder',
    example: 'imaps://mail.example.org --user robin --password env:IMAP_PASSWORD',
  },
  ldap: {
    of: 'host',
    check: ldapCheck,
    path: 'base',
    example: 'ldap://example.org/dc=example,dc=org --starttls --max-objects 500',
  },
  memcached: { of: 'host', check: memcachedCheck, example: 'example.org:11211' },
  munin: { of: 'host', check: muninCheck, example: 'example.org --plugins load --plugins memory' },
  nrpe: { of: 'host', check: nrpeCheck, example: 'example.org:5666 --command check_load' },
  ntp: { of: 'host', check: ntpCheck, example: 'time.example.org --max-offset-ms 500' },
  ping: { of: 'host', check: pingCheck, example: 'example.org --count 3' },
  pop3: { of: 'host', check: pop3Check, example: 'pop3.example.org --starttls' },
  redis: {
    of: 'host',
    check: redisCheck,
    path: 'database',
    example: 'redis://example.org:6379/0 --password env:REDIS_PASSWORD --command LLEN --command queue',
  },
  smtp: { of: 'host', check: smtpCheck, example: 'mail.example.org:25 --starttls' },
  snmp: { of: 'host', check: snmpCheck, example: 'example.org --oids.sysUpTime 1.3.6.1.2.1.1.3.0' },
  ssh: { of: 'host', check: sshCheck, example: 'example.org:22 --key-type ed25519' },
  tcp: { of: 'host', check: tcpCheck, example: 'example.org:22 --banner SSH-2.0' },
  tls: { of: 'host', check: tlsCheck, schemes: ['https'], example: 'example.org:443 --warning-days 20' },
}

/** The kinds by their words. */
export const checkKinds: ReadonlyMap<string, CheckKind> = new Map(Object.entries(kinds))
