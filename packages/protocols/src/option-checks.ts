import { wholeNumber, type Check } from '@tocsin/core'

/** A port to listen on; 0 lets the system choose. */
export const portNumber: Check = wholeNumber(0, 65_535)

/** Most ms that a timer of Node can wait. */
export const maxTimerMs: number = 2 ** 31 - 1

/** How deep a document may nest; the stack holds far more. */
export const nestingLimit: Check = wholeNumber(1, 256)

/** How many bytes of names to keep. */
export const nameBytesLimit: Check = wholeNumber(1, 2 ** 32)

/** How many bytes of names are kept where nobody says otherwise: about 100,000 series. */
export const defaultNameBytes: number = 64 * 1024 * 1024

/** A limit that the code allocates by. */
export const limit: Check = wholeNumber(1, 2 ** 30)
