import { fileURLToPath } from 'node:url'

/** For programs that tests start by the hundred: each takes what the first one compiled. https://nodejs.org/api/module.html#module-compile-cache */
export const compileCache = { NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.cache/compile', import.meta.url)) } as const
