/**
 * Circonus' HTTPTrap.
 *
 * @module
 */
export { defaultHttpTrapOptions, httpTrap } from './http-trap.ts'
export type { HttpTrapOptions } from './http-trap.ts'
