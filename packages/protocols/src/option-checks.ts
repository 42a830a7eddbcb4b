import { wholeNumber, type Check } from '@tocsin/core'

/** A port to listen on; 0 lets the system choose. */
export const portNumber: Check = wholeNumber(0, 65_535)

/** Most ms that a timer of Node can wait. */
export const maxTimerMs: number = 2 ** 31 - 1

/** A limit that the code allocates by. */
export const limit: Check = wholeNumber(1, 2 ** 30)
