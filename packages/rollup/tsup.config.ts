import { base } from '../../tsup.base.ts'

const config: ReturnType<typeof base> = base({ index: 'src/index.ts' })

export default config
