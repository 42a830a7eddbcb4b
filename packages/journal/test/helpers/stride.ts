/** The step of a long loop: 1 in the project "long", so that it leaves nothing out, and this one in `npm test`. */
export const stride = (step: number): number => (process.env['TOCSIN_LONG'] === '1' ? 1 : step)
