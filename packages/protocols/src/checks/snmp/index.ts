/**
 * Checks by SNMP, for which the package net-snmp must be installed: `npm install net-snmp`.
 *
 * @module
 */
export { defaultSnmpCheckOptions, snmpCheck } from './snmp-check.ts'

export type { SnmpCheckOptions } from './snmp-check.ts'
export type { SnmpObject, SnmpObjects } from './snmp-objects.ts'
export type { SnmpUser, SnmpVersion } from './snmp-login.ts'
